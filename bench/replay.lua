-- wrk's part: send prepared raw requests, one after another, and say in JSON how it went.
-- The file named by REPLAY holds whole requests, a zero byte after each.
-- With REPLAY_ONCE the run ends with the last of them; otherwise it begins anew.

local requests, sent = {}, 0
local once = os.getenv("REPLAY_ONCE") == "1"

function init(args)
  local file = assert(io.open(os.getenv("REPLAY"), "rb"))
  local all = file:read("*a")
  file:close()
  local from = 1
  while true do
    local to = string.find(all, "\0", from, true)
    if not to then break end
    requests[#requests + 1] = string.sub(all, from, to - 1)
    from = to + 1
  end
end

function request()
  sent = sent + 1
  if sent > #requests then
    if once then wrk.thread:stop() end
    return requests[(sent - 1) % #requests + 1]
  end
  return requests[sent]
end

function done(summary, latency, all)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50": %.1f, "p99": %.1f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
