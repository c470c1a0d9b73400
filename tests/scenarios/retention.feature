Feature: Chats that were read lose their text, never their decision
  Rule 27 of docs/rules.md.

  Scenario: The newest read chats keep their text
    Given a server with "chat_log.max_chats" of 10
    And a dataset of 60 examples
    When 30 good chats arrive
    And a person starts a cycle
    Then 10 chats still have their text
    And every chat's decision can still be asked for

  Scenario: The original's way: no text is kept after a training
    Given a server with "chat_log.clear_after_training" of "true"
    And a dataset of 60 examples
    When 30 good chats arrive
    And a person starts a cycle
    Then 0 chats still have their text
    And every chat's decision can still be asked for
