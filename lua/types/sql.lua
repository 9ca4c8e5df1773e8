---@meta sql
--- Databases of the project: only in functions. Each call waits in the world and holds up nobody else.
---
--- A value of a database is nil, a number, a string or a boolean. An integer that a number cannot hold
--- exactly is an `int64`. A string that is not UTF-8 text is written as a blob, and a blob is read as a
--- string. A column that is declared `BOOLEAN` gives booleans. A NULL is an absent field of its row.

local sql = {}

--- Stands for NULL among parameters; the same as `json.null`.
---@type userdata
sql.NULL = nil

--- Kinds of databases: `SQLITE`, and for code that is shared with Wippy `POSTGRES`, `MYSQL`, `UNKNOWN`.
---@type table<string, string>
sql.type = nil

--- For `db:begin`: `DEFAULT`, `READ_UNCOMMITTED`, `READ_COMMITTED`, `WRITE_COMMITTED`,
--- `REPEATABLE_READ`, `SERIALIZABLE`. SQLite keeps transactions apart entirely, whichever is named.
---@type table<string, string>
sql.isolation = nil

--- Values that say how they are to be written.
sql.as = {}

---@alias SqlValue nil | boolean | number | string | userdata
---@alias SqlParams SqlValue[] | table<string, SqlValue>  a list for `?`, or names for `:name`
---@alias SqlRow table<string, any>  by the names of the columns

---@class SqlResult
---@field last_insert_id integer  The `rowid` of the last row that the statement itself inserted; 0 if it inserted none, or the table is `WITHOUT ROWID`
---@field rows_affected integer

---@class SqlStats
---@field max_open_connections integer
---@field open_connections integer
---@field in_use integer
---@field idle integer

---@class Database
local Database = {}

---@class Transaction
local Transaction = {}

---@class Statement
local Statement = {}

---@quickref sql.get(id) -> db, err | A database of the project, by the id of its entry
---@param id string  a bare name means the function's namespace
---@return Database? db
---@return Error? err  kind "NotFound", or "Unavailable" while the database does not run, which may be tried again
function sql.get(id) end

---@quickref sql.as.int(value) -> value | Write an integer of 64 bits
---@param value number | boolean | string | userdata
---@return userdata
function sql.as.int(value) end

---@quickref sql.as.float(value) -> value | Write a floating-point number, also if it is whole
---@param value number | string
---@return userdata
function sql.as.float(value) end

---@quickref sql.as.text(value) -> value | Write text
---@param value string | number | boolean
---@return userdata
function sql.as.text(value) end

---@quickref sql.as.binary(value) -> value | Write a blob, also if it is text
---@param value string
---@return userdata
function sql.as.binary(value) end

---@quickref sql.as.null() -> value | `sql.NULL`
---@return userdata
function sql.as.null() end

---@quickref db:query(sql, params?) -> rows, err | The rows that a statement gives: at most 100000, and 16 MiB
---@param sql string  one statement
---@param params SqlParams?
---@return SqlRow[]? rows
---@return Error? err  kinds "Invalid", "PermissionDenied", "AlreadyExists" and "Invalid" for constraints (`details().constraint`), "Unavailable" for a database that is locked or a disk that is full, which may be tried again
function Database:query(sql, params) end

---@quickref db:execute(sql, params?) -> result, err | Run a statement for what it changes
---@param sql string  one statement
---@param params SqlParams?
---@return SqlResult? result
---@return Error? err  as `db:query`
function Database:execute(sql, params) end

---@quickref db:prepare(sql) -> stmt, err | A statement that is run often
---@param sql string
---@return Statement? stmt
---@return Error? err
function Database:prepare(sql) end

---@quickref db:begin(options?) -> tx, err | Begin a transaction; what is not committed when the function ends is taken back
---@param options? { isolation: string?, read_only: boolean? }
---@return Transaction? tx
---@return Error? err  kind "Unavailable" if another transaction writes for more than 5 seconds, or no connection comes free
function Database:begin(options) end

---@quickref db:type() -> text | "sqlite"
---@return string
function Database:type() end

---@quickref db:stats() -> table | How the connections are used now
---@return SqlStats
function Database:stats() end

---@quickref db:release() -> true | Use this no more; a connection is held by transactions only
---@return true
function Database:release() end

---@quickref tx:query(sql, params?) -> rows, err | As `db:query`, within the transaction
---@param sql string
---@param params SqlParams?
---@return SqlRow[]? rows
---@return Error? err
function Transaction:query(sql, params) end

---@quickref tx:execute(sql, params?) -> result, err | As `db:execute`, within the transaction
---@param sql string
---@param params SqlParams?
---@return SqlResult? result
---@return Error? err
function Transaction:execute(sql, params) end

---@quickref tx:prepare(sql) -> stmt, err | As `db:prepare`, within the transaction
---@param sql string
---@return Statement? stmt
---@return Error? err
function Transaction:prepare(sql) end

---@quickref tx:commit() -> true, err | Keep what was changed
---@return true? done
---@return Error? err
function Transaction:commit() end

---@quickref tx:rollback() -> true, err | Take back what was changed
---@return true? done
---@return Error? err
function Transaction:rollback() end

---@quickref tx:savepoint(name) -> true, err | A point to go back to
---@param name string  letters, digits and `_`
---@return true? done
---@return Error? err
function Transaction:savepoint(name) end

---@quickref tx:rollback_to(name) -> true, err | Take back what was changed since a savepoint
---@param name string
---@return true? done
---@return Error? err
function Transaction:rollback_to(name) end

---@quickref tx:release(name) -> true, err | Forget a savepoint and keep what was changed since
---@param name string
---@return true? done
---@return Error? err
function Transaction:release(name) end

---@quickref tx:db_type() -> text | "sqlite"
---@return string
function Transaction:db_type() end

---@quickref stmt:query(params?) -> rows, err | Run it, as `db:query`
---@param params SqlParams?
---@return SqlRow[]? rows
---@return Error? err
function Statement:query(params) end

---@quickref stmt:execute(params?) -> result, err | Run it, as `db:execute`
---@param params SqlParams?
---@return SqlResult? result
---@return Error? err
function Statement:execute(params) end

---@quickref stmt:close() -> true | Use it no more
---@return true
function Statement:close() end

return sql
