---@meta logger
--- Lines of the log. Each says which run or attempt it comes from; a workflow's are not repeated on
--- replay. In a log of JSON the fields are an object, `fields`, of the line's own.

local logger = {}

---@class Logger
local Logger = {}

---@quickref l:debug(message, fields?) | For those who look for a mistake
---@param message string
---@param fields? table<string, any>
function Logger:debug(message, fields) end

---@quickref l:info(message, fields?) | What happens
---@param message string
---@param fields? table<string, any>
function Logger:info(message, fields) end

---@quickref l:warn(message, fields?) | What is wrong and heals by itself
---@param message string
---@param fields? table<string, any>
function Logger:warn(message, fields) end

---@quickref l:error(message, fields?) | What needs a person
---@param message string
---@param fields? table<string, any>
function Logger:error(message, fields) end

---@quickref l:with(fields) -> logger | A logger whose lines have these fields, too
---@param fields table<string, any>
---@return Logger
function Logger:with(fields) end

---@quickref l:named(name) -> logger | A logger with a name
---@param name string
---@return Logger
function Logger:named(name) end

---@quickref logger:debug(message, fields?) | For those who look for a mistake
---@param self table  call it with a colon: `logger:debug(…)`
---@param message string
---@param fields? table<string, any>
function logger.debug(self, message, fields) end

---@quickref logger:info(message, fields?) | What happens
---@param self table  call it with a colon: `logger:info(…)`
---@param message string
---@param fields? table<string, any>
function logger.info(self, message, fields) end

---@quickref logger:warn(message, fields?) | What is wrong and heals by itself
---@param self table  call it with a colon: `logger:warn(…)`
---@param message string
---@param fields? table<string, any>
function logger.warn(self, message, fields) end

---@quickref logger:error(message, fields?) | What needs a person
---@param self table  call it with a colon: `logger:error(…)`
---@param message string
---@param fields? table<string, any>
function logger.error(self, message, fields) end

---@quickref logger:with(fields) -> logger | A logger whose lines have these fields, too
---@param self table
---@param fields table<string, any>
---@return Logger
function logger.with(self, fields) end

---@quickref logger:named(name) -> logger | A logger with a name
---@param self table
---@param name string
---@return Logger
function logger.named(self, name) end

return logger
