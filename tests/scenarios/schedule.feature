Feature: The clock starts a cycle when there is something to learn
  Rules 6 and 7 of docs/rules.md.

  Background:
    Given a server that looks every hour
    And a dataset of 120 examples
    And one finished cycle

  Scenario: Nineteen new chats are not enough
    When 19 good chats arrive
    And 61 minutes pass
    Then the clock has started no cycle
    And the status says "19 of the 20 chats"

  Scenario: Twenty new chats are
    When 20 good chats arrive
    And 61 minutes pass
    Then the clock has started 1 cycle
    And no chat is unread

  Scenario: Nothing happens before the hour is over
    When 20 good chats arrive
    And 30 minutes pass
    Then the clock has started no cycle

  Scenario: Five hours asleep are one look, not five
    When 20 good chats arrive
    And the server is stopped for 5 hours
    Then the clock has started 1 cycle
    When 30 minutes pass
    Then the clock has started 1 cycle

  Scenario: A pause outlives a restart
    Given the schedule is paused
    When 20 good chats arrive
    And the server is stopped for 5 hours
    Then the clock has started no cycle
    And the status says "paused"
    When the schedule is resumed
    And 61 minutes pass
    Then the clock has started 1 cycle

  Scenario: A person need not wait for twenty
    When 1 good chat arrives
    And a person starts a cycle
    Then the cycle took 1 chat into the dataset
    And the cycle did not train, because "20 are needed"

  Scenario: A training that was cancelled is owed, and the clock makes up for it
    Given training takes a minute
    When 40 good chats arrive
    And a person starts a cycle and cancels it in its training
    Then the status says a training is owed
    And the first model is still in service
    When training is quick again
    And 61 minutes pass
    Then the clock has started 1 cycle
    And the cycle trained

  Scenario: The clock is set back by a day
    When 20 good chats arrive
    And the clock is set back by 24 hours
    Then the clock has started no cycle
    When 61 minutes pass
    Then the clock has started 1 cycle
