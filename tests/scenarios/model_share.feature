Feature: A model does not learn mostly from itself
  Rule 16 of docs/rules.md: replies that our own models wrote are never measured on, and are at most a quarter of what is
  trained on.

  Background:
    Given a server
    And a dataset of 60 examples

  Scenario: Of many replies by models, some are left out
    When 60 good chats that a model answered arrive
    And a person starts a cycle
    Then at most a quarter of the train rows were written by a model
    And some of these are left out
    And no held-out row was written by a model

  Scenario: They come back as people's chats come in
    When 60 good chats that a model answered arrive
    And a person starts a cycle
    And those left out are counted
    And 60 good chats arrive
    And a person starts a cycle
    Then fewer of these are left out
    And at most a quarter of the train rows were written by a model
