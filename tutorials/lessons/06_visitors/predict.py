from core import Factory, Protocol


class Visitor(Protocol):
    count = 0


factory = Factory.for_protocol(Visitor)
factory.count = 0
numbers = []
for visitor in (factory.build_protocol("ann"), factory.build_protocol("bob")):
    visitor.factory.count += 1
    visitor.count += 1
    numbers.append((visitor.factory.count, visitor.count))
print(*[each[0] for each in numbers], *[each[1] for each in numbers], sep=" ")
