Feature: What a model is measured on, no model was trained on
  Rules 13, 14 and 17 of docs/rules.md.

  Background:
    Given a server
    And a dataset of 120 examples
    And one finished cycle

  Scenario: A row's split is given once
    When the splits are noted
    And 60 good chats arrive
    And a person starts a cycle
    Then no noted row has another split

  Scenario: A chat that asks a held-out question again is kept out of training
    When a chat asks a held-out question again, in capitals
    And a person starts a cycle
    Then that chat's row is excluded

  Scenario: A held-out row is never evicted by its score
    Given "cycle.max_dataset_size" is "60"
    When the splits are noted
    And 60 good chats arrive
    And a person starts a cycle
    Then the dataset has 60 rows
    And every noted held-out row is still there
