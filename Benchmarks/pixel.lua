-- wrk script: recorded shoppers' events, sent as if they happened now.
--
-- The corpus (written by `footfall bench`) holds a line `V<TAB>user agent` for each visitor, followed by a line for each
-- of the visitor's events, in which the bytes 1, 2 and 3 stand for the event's id, the client id and the timestamp.
-- Every request is new: ids never repeat, a visitor who has no events left is followed by another.
--
-- Environment: BENCH_CORPUS, BENCH_ACCOUNTS (a file with an account id a line), BENCH_EVENTS (events a request),
-- BENCH_DELAY_MS (mean pause of a connection between requests), BENCH_RUN (8 hex digits that no other run has).

local threads = {}

function setup(thread)
   thread:set("thread_number", #threads)
   table.insert(threads, thread)
end

local visits, slots, pause
local events_per_request, run
local next_slot, next_event, next_visitor = 0, 0, 0
local second, prefix, calls = 0, "", 0
sent_bytes, sent_events = 0, 0

local function parse(line)
   local pieces = {}
   for text, mark in line:gmatch("([^\1\2\3]*)([\1\2\3]?)") do
      if text ~= "" then pieces[#pieces + 1] = text end
      if mark ~= "" then pieces[#pieces + 1] = mark:byte() end
   end
   return pieces
end

local function read_visits(path)
   local all = {}
   for line in io.lines(path) do
      if line:sub(1, 2) == "V\t" then
         all[#all + 1] = { agent = line:sub(3), events = {} }
      else
         local events = all[#all].events
         events[#events + 1] = parse(line)
      end
   end
   return all
end

-- A slot is one visitor at a time of one shop.
local function begin_visit(slot)
   next_visitor = next_visitor + 1
   local number = next_visitor * 16 + thread_number
   slot.visit = visits[(number * 7919) % #visits + 1]
   slot.at = 1
   slot.client = string.format("%s-%04x-4c1d-9a3f-%012x", run, thread_number, next_visitor)
   slot.address = string.format("%d.%d.%d.%d", 11 + number % 89, math.floor(number / 89) % 256,
      math.floor(number / 22784) % 256, 1 + next_visitor % 254)
end

function init(args)
   run = os.getenv("BENCH_RUN")
   events_per_request = tonumber(os.getenv("BENCH_EVENTS"))
   pause = tonumber(os.getenv("BENCH_DELAY_MS"))
   visits = read_visits(os.getenv("BENCH_CORPUS"))
   local accounts = {}
   for line in io.lines(os.getenv("BENCH_ACCOUNTS")) do accounts[#accounts + 1] = line end
   slots = {}
   for number = 1, math.max(256, math.ceil(#accounts / 2)) do
      local slot = { path = "/v1/pixel/" .. accounts[(number * 2 + thread_number) % #accounts + 1] }
      begin_visit(slot)
      -- Visits are under way when the run begins, each at another place.
      slot.at = 1 + number % #slot.visit.events
      slots[number] = slot
   end
   math.randomseed(os.time() + thread_number)
end

local function timestamp()
   if calls % 16 == 0 then
      local now = os.time()
      if now ~= second then
         second = now
         prefix = os.date("!%Y-%m-%dT%H:%M:%S.", now)
      end
   end
   calls = calls + 1
   return string.format("%s%03dZ", prefix, calls % 1000)
end

local out = {}
local function event(slot)
   if slot.at > #slot.visit.events then begin_visit(slot) end
   local pieces = slot.visit.events[slot.at]
   slot.at = slot.at + 1
   next_event = next_event + 1
   for index = 1, #pieces do
      local piece = pieces[index]
      if piece == 1 then
         piece = string.format("sh-%s-%04X-4B7D-8E21-%012X", run, thread_number, next_event)
      elseif piece == 2 then
         piece = slot.client
      elseif piece == 3 then
         piece = timestamp()
      end
      out[index] = piece
   end
   local text = table.concat(out, "", 1, #pieces)
   sent_bytes = sent_bytes + #text
   sent_events = sent_events + 1
   return text
end

local function body(slot)
   if events_per_request == 1 then return event(slot) end
   local list = {}
   for index = 1, events_per_request do list[index] = event(slot) end
   return "[" .. table.concat(list, ",") .. "]"
end

function request()
   next_slot = next_slot % #slots + 1
   local slot = slots[next_slot]
   local text = body(slot)
   return table.concat({
      "POST ", slot.path, " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain;charset=UTF-8\r\nOrigin: null\r\n",
      "User-Agent: ", slot.visit.agent, "\r\nX-Forwarded-For: ", slot.address, "\r\nContent-Length: ", #text, "\r\n\r\n",
      text })
end

if tonumber(os.getenv("BENCH_DELAY_MS")) > 0 then
   function delay() return math.random(0, 2 * pause) end
end

function done(summary, latency, requests)
   local bytes, events = 0, 0
   for _, thread in ipairs(threads) do
      bytes = bytes + thread:get("sent_bytes")
      events = events + thread:get("sent_events")
   end
   local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   io.write(string.format(
      '\nRESULT {"requests":%d,"micros":%d,"refused":%d,"failed":%d,"bytesPerEvent":%f,"p50Micros":%d,"p99Micros":%d}\n',
      summary.requests, summary.duration, summary.errors.status, failed, bytes / math.max(1, events),
      latency:percentile(50), latency:percentile(99)))
end
