---@meta http_client
--- Requests to the world: only in functions. They reach the public network, and what the entry's
--- `http.allow` lists.

local http_client = {}

---@class HttpOptions
---@field headers table<string, string | number | string[]>?
---@field body string?  any bytes
---@field query table<string, any>?  added to the URL
---@field form table<string, any>?  the body, as a form
---@field cookies table<string, string>?
---@field auth { user: string, pass: string? }?
---@field timeout (number | string)?  seconds, or a text like "500ms"; 30 seconds unless it is given
---@field max_response_body integer?  bytes; 1 MiB unless it is given, 16 MiB at most

---@class HttpResponse
---@field status_code integer
---@field body string
---@field body_size integer
---@field headers table<string, string>  by any spelling of their names
---@field cookies table<string, string>  those that the response sets
---@field url string  after redirects

---@quickref http_client.get(url, options?) -> response, err | Read something
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err  kinds "PermissionDenied", "Invalid", or "Internal", which may be retried
function http_client.get(url, options) end

---@quickref http_client.post(url, options?) -> response, err | Hand something over
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err  kinds "PermissionDenied", "Invalid", or "Internal", which may be retried
function http_client.post(url, options) end

---@quickref http_client.put(url, options?) -> response, err | Put something in its place
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err  kinds "PermissionDenied", "Invalid", or "Internal", which may be retried
function http_client.put(url, options) end

---@quickref http_client.patch(url, options?) -> response, err | Change a part of something
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err  kinds "PermissionDenied", "Invalid", or "Internal", which may be retried
function http_client.patch(url, options) end

---@quickref http_client.delete(url, options?) -> response, err | Remove something
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err  kinds "PermissionDenied", "Invalid", or "Internal", which may be retried
function http_client.delete(url, options) end

---@quickref http_client.head(url, options?) -> response, err | Read the headers of something
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err  kinds "PermissionDenied", "Invalid", or "Internal", which may be retried
function http_client.head(url, options) end

---@quickref http_client.request(method, url, options?) -> response, err | Any method
---@param method string
---@param url string
---@param options? HttpOptions
---@return HttpResponse? response
---@return Error? err
function http_client.request(method, url, options) end

---@quickref http_client.request_batch(requests) -> responses, errors? | Several requests at once
--- The answers stand where their requests stood; a request without an answer has an error there.
---@param requests { [1]: string, [2]: string, [3]: HttpOptions? }[]  method, URL, options
---@return HttpResponse[] responses
---@return Error[]? errors  nil when all have answers
function http_client.request_batch(requests) end

---@quickref http_client.encode_uri(text) -> text | Make a text a part of a URL
---@param text string
---@return string
function http_client.encode_uri(text) end

---@quickref http_client.decode_uri(text) -> text, err | The text that became a part of a URL
---@param text string
---@return string? text
---@return Error? err
function http_client.decode_uri(text) end

return http_client
