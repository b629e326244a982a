from core import Reactor

reactor = Reactor()
reactor.add_system_event_trigger("before", "shutdown", print, "the reactor stops")
reactor.call_later(0.1, reactor.stop)
print("begin")
reactor.run()
print("end")
