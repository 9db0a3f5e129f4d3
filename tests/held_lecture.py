"""A lecture that must hold back its notes and an answer: what the tests of lectures have in common."""

HELD = """
title = "Held back"
[[scene]]
title = "A question"
words = "Before"
picture = "explore?h=9&w=9"
notes = "NOTED"
[scene.question]
ask = "Which?"
choices = ["one", "two", "three"]
right = "c"
[[scene.step]]
words = "HINT"
[[scene.step]]
answer = true
words = "ANSWERED"
picture = "pooling?h=5&w=5"
[[scene.step]]
words = "AFTERWARDS"
[[scene]]
title = "The end"
"""
