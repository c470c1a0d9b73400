Feature: Only a better model goes into service
  Rules 21 to 24 of docs/rules.md.

  Background:
    Given a server

  Scenario: The first model must beat the byte baselines
    Given a dataset of 120 examples
    When a person starts a cycle
    Then the cycle's model was promoted
    And both baselines are in its report

  Scenario: A first model that knows less than counting pairs of bytes stays out
    Given a dataset of 120 examples
    And the trainer learns single bytes only
    When a person starts a cycle
    Then the cycle's model was not promoted, because "baseline"
    And no model is in service

  Scenario: A worse second model is rejected, and the first stays
    Given a dataset of 120 examples
    And one finished cycle
    And the trainer learns single bytes only
    When 40 good chats arrive
    And a person starts a cycle
    Then the cycle's model was not promoted, because "not better"
    And the first model is still in service

  Scenario: In report_only mode the gate speaks and does not bar
    Given a dataset of 120 examples
    And one finished cycle
    And the trainer learns single bytes only
    And "gate.mode" is "report_only"
    When 40 good chats arrive
    And a person starts a cycle
    Then the cycle's model was promoted, because "the gate would have refused"

  Scenario: A rollback puts the first model back
    Given a dataset of 120 examples
    And one finished cycle
    When 40 good chats arrive
    And a person starts a cycle
    Then the cycle's model was promoted, because "better"
    When a person rolls back
    Then the first model is still in service
    When a person promotes the cycle's model
    Then the cycle's model is in service

  Scenario: Fewer than five held-out examples make no first model
    Given "cycle.min_new_examples_to_train" is "5"
    And a dataset of 15 examples
    When a person starts a cycle
    Then the cycle's model was not promoted, because "too_few_held_out"
    And no model is in service
