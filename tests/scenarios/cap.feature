Feature: The dataset never grows over its cap
  Rule 12 of docs/rules.md.

  Scenario: lowest_score keeps what people imported and the best chats
    Given a server with "cycle.max_dataset_size" of 60
    And a dataset of 50 examples
    When 30 good chats arrive
    And a person starts a cycle
    Then the dataset has 60 rows
    And 50 of its rows were imported
    And 20 rows were evicted

  Scenario: newest_first, as the original did it: what is past the cap is left out
    Given a server with "cycle.max_dataset_size" of 60
    And "cycle.eviction" is "newest_first"
    And a dataset of 50 examples
    When 30 good chats arrive
    And a person starts a cycle
    Then the dataset has 60 rows
    And its last 10 rows came from the first 10 chats

  Scenario: More imports than the cap: the oldest go
    Given a server with "cycle.max_dataset_size" of 60
    And a dataset of 80 examples
    When a person starts a cycle
    Then the dataset has 60 rows
    And 60 of its rows were imported
