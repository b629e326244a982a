word = "grün"
data = word.encode()
print(len(word), len(data))
print(data[2])
print(data == word)
