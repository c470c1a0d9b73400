Feature: Each chat gets exactly one decision
  Rules 8 to 11 of docs/rules.md: the first of veto, low quality, duplicate of a chat, duplicate of an example, accepted.

  Background:
    Given a server
    And these examples:
      | instruction     | response                                                                        |
      | What is a pond? | A pond is a small still water with reeds around it and frogs that sing at dusk. |

  Scenario: One of each
    When these chats arrive:
      | id    | instruction        | response                                                                         |
      | short | Shall I go?        | Yes, do go.                                                                      |
      | poor  | Tell me something  | word word word word word word word word word word word word                      |
      | good  | How is the garden? | The garden is quiet today, and the roses by our wall have opened since the rain. |
      | again | How is the garden? | The garden is quiet today, and the roses by our wall have opened since the rain. |
      | known | What is a pond?    | A pond is a small still water with reeds around it and frogs that sing at dusk.  |
    And a person starts a cycle
    Then the decisions are:
      | id    | decision             |
      | short | vetoed               |
      | poor  | low_quality          |
      | good  | accepted             |
      | again | duplicate_of_chat    |
      | known | duplicate_of_example |
    And the dataset has 2 rows

  Scenario: A veto comes before everything else
    When these chats arrive:
      | id    | instruction | response    |
      | one   | Shall I go? | Yes, do go. |
      | two   | Shall I go? | Yes, do go. |
    And a person starts a cycle
    Then the decisions are:
      | id  | decision |
      | one | vetoed   |
      | two | vetoed   |

  Scenario: Two replies that differ after the 80th character are one reply among a cycle's chats
    When these chats arrive:
      | id    | instruction | response                                                                                           |
      | one   | The sea?    | The sea is grey this morning and the boats stay in, but the wind will turn tonight and then we go. |
      | two   | The sea?    | The sea is grey this morning and the boats stay in, but the wind will turn tonight and we all stay. |
    And a person starts a cycle
    Then the decisions are:
      | id  | decision          |
      | one | accepted          |
      | two | duplicate_of_chat |

  Scenario: Persian is scored as Persian
    When these chats arrive:
      | id    | instruction         | response                                                                        |
      | كاف   | حال كتاب چطور است؟  | کتاب روی میز مانده و منتظر توست؛ امشب یک صفحه بخوان و فردا برایم تعریف کن چه شد. |
      | کوتاه | خوبی؟               | خوبم، تو چی؟                                                                    |
    And a person starts a cycle
    Then the decisions are:
      | id    | decision |
      | كاف   | accepted |
      | کوتاه | vetoed   |

  Scenario: A chat that arrives while a cycle runs waits for the next one
    Given training takes a minute
    When 40 good chats arrive
    And a person starts a cycle and waits for its training
    And 3 good chats arrive
    Then 3 chats are unread
