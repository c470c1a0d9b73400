Feature: Files come in whole, or not at all
  Rules 5 and 26 of docs/rules.md.

  Background:
    Given a server

  Scenario: One bad line, and nothing is imported
    When this file of chats is imported:
      """
      {"instruction": "How is the garden?", "response": "Quiet today."}
      {"instruction": "And the pond?", "response": "   "}
      {"instruction": "And the wall?", "response": "Warm in the sun."}
      """
    Then the import is refused, naming line 2
    And 0 chats are unread

  Scenario: With --skip-bad the good lines come in
    When this file of chats is imported with "--skip-bad":
      """
      {"instruction": "How is the garden?", "response": "Quiet today."}
      {"instruction": "And the pond?", "response": "\ud800"}
      not json at all
      {"instruction": "And the wall?", "response": "Warm in the sun."}
      """
    Then 2 chats are unread

  Scenario: The same file again is stored once
    When this file of chats is imported:
      """
      {"instruction": "How is the garden?", "response": "Quiet today."}
      """
    And the same file of chats is imported again
    Then 1 chat is unread

  Scenario: The same examples again add nothing
    Given a dataset of 30 examples
    And a dataset of 30 examples
    Then the dataset has 30 rows
