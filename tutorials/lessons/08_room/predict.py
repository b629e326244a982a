class Room:
    members = []


class Member:
    def __init__(self, room):
        room.members.append(self)
        self.number = len(room.members)


room = Room()
ann, bob = Member(room), Member(room)
room.members.remove(ann)
cat = Member(room)
print(ann.number, bob.number, cat.number)
