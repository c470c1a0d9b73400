// Ingest, reading, listing and retiring chats.
#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/store/codec.h"
#include "core/store/sqlite_store.h"
#include "sdk/base/failpoint.h"

namespace amooz::store {
namespace {

// Rows deleted in one transaction of RetireChatTexts: some 10 ms.
constexpr std::int64_t kRetireBatch = 4000;

// What AppendChats knows of a producer while its transaction is open.
struct ProducerState {
  std::int64_t cursor = 0, frozen = 0, high = 0;
  std::int64_t stored = 0;  // by this transaction
};

absl::StatusOr<ProducerState> ReadProducerState(Connection* connection, ProducerId id) {
  Query query(connection, "SELECT cursor, frozen, high FROM producers WHERE id = ?");
  query.Bind(1, id);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) {
    return absl::InvalidArgumentError(StrCat("store: no producer has the number ", id));
  }
  return ProducerState{.cursor = query.Int(0), .frozen = query.Int(1), .high = query.Int(2)};
}

absl::Status SaveProducerState(Connection* connection, ProducerId id, const ProducerState& state) {
  Query query(connection,
              "UPDATE producers SET high = ?1, total = total + ?2, unread = unread + ?2 "
              "WHERE id = ?3");
  query.Bind(1, state.high);
  query.Bind(2, state.stored);
  query.Bind(3, id);
  return query.Run();
}

// Inserts chats of one transaction, in order, under rising ids.
class ChatAppender {
 public:
  ChatAppender(Connection* connection, std::int64_t now_us)
      : connection_(connection),
        now_us_(now_us),
        find_(connection, "SELECT digest FROM chats WHERE producer_id = ? AND seq = ?"),
        insert_(connection,
                "INSERT INTO chats (id, producer_id, seq, received_us, digest, client_id) "
                "VALUES (?, ?, ?, ?, ?, ?)"),
        insert_text_(connection,
                     "INSERT INTO chat_texts (id, producer_id, seq, time_us, author, model_digest, "
                     "source, subject, instruction, response, context) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

  absl::Status Begin() {
    Query last(connection_, "SELECT ifnull(max(id), 0) FROM chats");
    RETURN_IF_ERROR(last.Step().status());
    next_id_ = last.Int(0) + 1;
    return absl::OkStatus();
  }

  absl::StatusOr<AppendOutcome> Append(const NewChat& chat, const Sha256Digest& digest) {
    ASSIGN_OR_RETURN(ProducerState * producer, StateOf(chat.producer_id));
    if (chat.seq <= producer->high) {  // above it nothing can be there yet
      find_.Bind(1, chat.producer_id);
      find_.Bind(2, chat.seq);
      ASSIGN_OR_RETURN(const bool exists, find_.Step());
      const bool is_same = exists && find_.Text(0) == AsBytes(digest);
      find_.Reset();
      if (exists) return is_same ? AppendOutcome::kAlreadyStored : AppendOutcome::kOtherContent;
      if (chat.seq <= std::max(producer->cursor, producer->frozen)) {
        return AppendOutcome::kAlreadyPassed;
      }
    }
    RETURN_IF_ERROR(Insert(chat, digest));
    producer->high = std::max(producer->high, chat.seq);
    ++producer->stored;
    ++stored_;
    return AppendOutcome::kStored;
  }

  absl::Status Finish() {
    for (const auto& [id, state] : producers_) {
      if (state.stored > 0) RETURN_IF_ERROR(SaveProducerState(connection_, id, state));
    }
    return absl::OkStatus();
  }
  std::int64_t stored() const { return stored_; }

 private:
  absl::StatusOr<ProducerState*> StateOf(ProducerId id) {
    const auto found = producers_.find(id);
    if (found != producers_.end()) return &found->second;
    ASSIGN_OR_RETURN(const ProducerState state, ReadProducerState(connection_, id));
    return &producers_.emplace(id, state).first->second;
  }

  absl::Status Insert(const NewChat& chat, const Sha256Digest& digest) {
    const ChatContent& content = chat.content;
    const ChatId id = next_id_++;
    insert_.Bind(1, id);
    insert_.Bind(2, chat.producer_id);
    insert_.Bind(3, chat.seq);
    insert_.Bind(4, now_us_);
    insert_.BindBlob(5, AsBytes(digest));
    BindTextOrNull(&insert_, 6, content.client_id);
    RETURN_IF_ERROR(insert_.Run());
    const std::string context = EncodeTurns(content.context);
    insert_text_.Bind(1, id);
    insert_text_.Bind(2, chat.producer_id);
    insert_text_.Bind(3, chat.seq);
    insert_text_.Bind(4, content.time_us.value_or(now_us_));
    insert_text_.BindEnum(5, content.author);
    BindTextOrNull(&insert_text_, 6, content.model_digest);
    BindTextOrNull(&insert_text_, 7, content.source);
    BindTextOrNull(&insert_text_, 8, content.subject);
    insert_text_.Bind(9, content.instruction);
    insert_text_.Bind(10, content.response);
    context.empty() ? insert_text_.BindNull(11) : insert_text_.BindBlob(11, context);
    return insert_text_.Run();
  }

  Connection* connection_;
  std::int64_t now_us_;
  Query find_, insert_, insert_text_;
  ChatId next_id_ = 0;
  std::int64_t stored_ = 0;
  std::unordered_map<ProducerId, ProducerState> producers_;
};

// The columns of chat_texts from time_us on, beginning at `column`.
#define AMOOZ_STORE_CONTENT_COLUMNS                                                       \
  "t.time_us, t.author, t.model_digest, t.source, t.subject, t.instruction, t.response, " \
  "t.context"
absl::Status ReadContent(const Query& query, int column, ChatContent* content) {
  content->time_us = query.Int(column);
  content->author = query.As<Author>(column + 1);
  content->model_digest = query.Text(column + 2);
  content->source = query.Text(column + 3);
  content->subject = query.Text(column + 4);
  content->instruction = query.Text(column + 5);
  content->response = query.Text(column + 6);
  ASSIGN_OR_RETURN(content->context, DecodeTurns(query.Text(column + 7)));
  return absl::OkStatus();
}

#define AMOOZ_STORE_RECORD_SELECT                                                     \
  "SELECT c.id, c.producer_id, c.seq, c.client_id, c.digest, c.received_us, t.id IS " \
  "NULL, " AMOOZ_STORE_CONTENT_COLUMNS " FROM chats c LEFT JOIN chat_texts t ON t.id = c.id "

absl::StatusOr<ChatRecord> RecordOf(const Query& query,
                                    const std::unordered_map<ProducerId, std::string>& names,
                                    Connection* connection) {
  ChatRecord record;
  record.id = query.Int(0);
  if (const auto name = names.find(query.Int(1)); name != names.end()) {
    record.key.producer = name->second;
  }
  record.key.seq = query.Int(2);
  record.client_id = query.Text(3);
  record.digest = HexOf(query.Text(4));
  record.received_us = query.Int(5);
  record.is_retired = query.Int(6) != 0;
  if (!record.is_retired) RETURN_IF_ERROR(ReadContent(query, 7, &record.content));
  record.content.client_id = record.client_id;
  ASSIGN_OR_RETURN(record.decision, ReadDecision(connection, record.id));
  return record;
}

absl::StatusOr<std::optional<ProducerId>> FindProducer(Connection* connection,
                                                       std::string_view name) {
  Query query(connection, "SELECT id FROM producers WHERE name = ?");
  query.Bind(1, name);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return query.Int(0);
}

// By its name, or by the beginning of a name that is a file's digest (rule 26) if no other begins
// so.
absl::StatusOr<std::optional<ProducerId>> FindProducerOrFile(Connection* connection,
                                                             std::string_view name) {
  constexpr std::string_view kFile = "file:";
  constexpr std::size_t kLeastDigits = 4;
  ASSIGN_OR_RETURN(const std::optional<ProducerId> exact, FindProducer(connection, name));
  if (exact || !name.starts_with(kFile) || name.size() < kFile.size() + kLeastDigits) return exact;
  Query query(connection, "SELECT id FROM producers WHERE substr(name, 1, ?2) = ?1 LIMIT 2");
  query.Bind(1, name);
  query.Bind(2, static_cast<std::int64_t>(name.size()));
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  const ProducerId found = query.Int(0);
  ASSIGN_OR_RETURN(const bool is_ambiguous, query.Step());
  if (!is_ambiguous) return found;
  return absl::InvalidArgumentError(
      StrCat("several producers begin with '", name, "'; give more of the digits"));
}

absl::Status ReadRange(Connection* connection, const ProducerRange& range,
                       std::vector<Chat>* chats) {
  // chats_key covers the first table, so only chat_texts' rows are fetched.
  Query query(connection, "SELECT c.id, c.seq, " AMOOZ_STORE_CONTENT_COLUMNS
                          " FROM chats c JOIN chat_texts t ON t.id = c.id "
                          "WHERE c.producer_id = ? AND c.seq > ? AND c.seq <= ? ORDER BY c.seq");
  query.Bind(1, range.producer_id);
  query.Bind(2, range.from_exclusive);
  query.Bind(3, range.to_inclusive);
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return absl::OkStatus();
    Chat& chat = chats->emplace_back();
    chat.id = query.Int(0);
    chat.producer_id = range.producer_id;
    chat.seq = query.Int(1);
    RETURN_IF_ERROR(ReadContent(query, 2, &chat.content));
  }
}

// Rule 1: by time, then producer, then seq. Producers by name, because their numbers depend on who
// came first.
void SortForCycle(const std::unordered_map<ProducerId, std::string>& names,
                  std::vector<Chat>* chats) {
  const auto earlier = [&names](const Chat& a, const Chat& b) {
    if (a.content.time_us != b.content.time_us) return a.content.time_us < b.content.time_us;
    if (a.producer_id != b.producer_id) {
      return names.at(a.producer_id) < names.at(b.producer_id);
    }
    return a.seq < b.seq;
  };
  // One producer's chats mostly come in order.
  if (!std::is_sorted(chats->begin(), chats->end(), earlier)) {
    std::sort(chats->begin(), chats->end(), earlier);
  }
}

}  // namespace

absl::StatusOr<std::unordered_map<ProducerId, std::string>> ProducerNames(Connection* connection) {
  std::unordered_map<ProducerId, std::string> names;
  Query query(connection, "SELECT id, name FROM producers");
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return names;
    names.emplace(query.Int(0), query.String(1));
  }
}

Decision DecisionOf(const Query& query) {
  return {.chat_id = query.Int(0),
          .cycle_id = query.Int(1),
          .outcome = query.As<Outcome>(2),
          .reason = query.String(7),
          .score = query.OptionalDouble(3),
          .points = query.Double(4),
          .of = query.Double(5),
          .needed = query.Double(6),
          .issues = query.String(8),
          .duplicate_of_chat = query.OptionalInt(9),
          .duplicate_of_example = query.OptionalInt(10),
          .example_id = query.OptionalInt(11),
          .evicted_in = query.OptionalInt(12)};
}

absl::StatusOr<std::optional<Decision>> ReadDecision(Connection* connection, ChatId id) {
  Query query(connection, AMOOZ_STORE_DECISION_SELECT "WHERE chat_id = ?");
  query.Bind(1, id);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) return std::nullopt;
  return DecisionOf(query);
}

// ---- Ingest ----

absl::StatusOr<ProducerId> SqliteStore::EnsureProducer(std::string_view name) {
  {
    ASSIGN_OR_RETURN(const auto reading, Read());
    ASSIGN_OR_RETURN(const auto known, FindProducer(reading->connection(), name));
    if (known) return *known;
  }
  ProducerId id = 0;
  RETURN_IF_ERROR(Write([&](Connection* connection) -> absl::Status {
    Query insert(connection,
                 "INSERT INTO producers (name, cursor, frozen, high, total, unread) "
                 "VALUES (?, 0, 0, 0, 0, 0) ON CONFLICT (name) DO NOTHING");
    insert.Bind(1, name);
    RETURN_IF_ERROR(insert.Run());
    ASSIGN_OR_RETURN(const auto made, FindProducer(connection, name));
    id = made.value_or(0);
    return absl::OkStatus();
  }));
  return id;
}

absl::StatusOr<std::vector<AppendOutcome>> SqliteStore::AppendChats(
    absl::Span<const NewChat> chats) {
  std::vector<Sha256Digest> digests;  // before the lock: it is a third of the work
  digests.reserve(chats.size());
  for (const NewChat& chat : chats) digests.push_back(DigestOf(chat.content));
  const std::int64_t now_us = clock_->NowMicros();

  std::vector<AppendOutcome> outcomes;
  outcomes.reserve(chats.size());
  RETURN_IF_ERROR(Write(
      [&](Connection* connection) -> absl::Status {
        ChatAppender appender(connection, now_us);
        RETURN_IF_ERROR(appender.Begin());
        for (std::size_t i = 0; i < chats.size(); ++i) {
          ASSIGN_OR_RETURN(const AppendOutcome outcome, appender.Append(chats[i], digests[i]));
          outcomes.push_back(outcome);
        }
        if (appender.stored() == 0) return NothingToWrite();
        AMOOZ_FAILPOINT("ingest.in_transaction");
        return appender.Finish();
      },
      "ingest"));
  return outcomes;
}

// ---- Reading ----

absl::StatusOr<std::vector<Producer>> SqliteStore::ListProducers() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  std::vector<Producer> producers;
  Query query(reading->connection(),
              "SELECT id, name, cursor, high, unread FROM producers ORDER BY id");
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return producers;
    producers.push_back({.id = query.Int(0),
                         .name = query.String(1),
                         .cursor = query.Int(2),
                         .high = query.Int(3),
                         .unread = query.Int(4)});
  }
}

absl::StatusOr<ChatCounts> SqliteStore::CountChats() {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Query query(reading->connection(),
              "SELECT ifnull(sum(total), 0), ifnull(sum(unread), 0) FROM producers");
  RETURN_IF_ERROR(query.Step().status());
  return ChatCounts{.total = query.Int(0), .unread = query.Int(1)};
}

absl::StatusOr<std::vector<Chat>> SqliteStore::ReadChats(absl::Span<const ProducerRange> ranges) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  ASSIGN_OR_RETURN(const auto names, ProducerNames(reading->connection()));
  std::vector<Chat> chats;
  for (const ProducerRange& range : ranges) {
    if (!names.contains(range.producer_id)) {
      return absl::InvalidArgumentError(
          StrCat("store: no producer has the number ", range.producer_id));
    }
    RETURN_IF_ERROR(ReadRange(reading->connection(), range, &chats));
  }
  SortForCycle(names, &chats);
  return chats;
}

absl::StatusOr<ChatPage> SqliteStore::ListChats(const ChatFilter& filter, ChatId before,
                                                std::int64_t limit) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Connection* connection = reading->connection();
  ASSIGN_OR_RETURN(const auto names, ProducerNames(connection));
  ProducerId producer_id = 0;
  if (!filter.producer.empty()) {
    ASSIGN_OR_RETURN(const auto found, FindProducerOrFile(connection, filter.producer));
    if (!found) return ChatPage{};
    producer_id = *found;
  }
  Query query(connection, AMOOZ_STORE_RECORD_SELECT
              "LEFT JOIN decisions d ON d.chat_id = c.id "
              "WHERE c.id < ?1 AND (?2 = 0 OR c.producer_id = ?2) AND (?3 = '' OR t.source = ?3) "
              "AND (?4 = 0 OR ifnull(d.outcome, 1) = ?4) ORDER BY c.id DESC LIMIT ?5");
  query.Bind(1, before > 0 ? before : std::numeric_limits<std::int64_t>::max());
  query.Bind(2, producer_id);
  query.Bind(3, filter.source);
  query.Bind(4, filter.outcome ? static_cast<std::int64_t>(*filter.outcome) : std::int64_t{0});
  query.Bind(5, limit);
  ChatPage page;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) break;
    ASSIGN_OR_RETURN(ChatRecord record, RecordOf(query, names, connection));
    page.chats.push_back(std::move(record));
  }
  if (!page.chats.empty() && static_cast<std::int64_t>(page.chats.size()) == limit &&
      page.chats.back().id > 1) {
    page.next_before = page.chats.back().id;
  }
  return page;
}

absl::StatusOr<std::vector<ChatKey>> SqliteStore::FindChats(std::string_view id) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  ASSIGN_OR_RETURN(const auto names, ProducerNames(reading->connection()));
  const std::optional<ChatKey> key = ParseChatKey(id);
  std::optional<ProducerId> producer_id;
  if (key) {
    ASSIGN_OR_RETURN(producer_id, FindProducerOrFile(reading->connection(), key->producer));
  }
  Query query(reading->connection(),
              "SELECT id, producer_id, seq FROM chats WHERE client_id = ?1 UNION "
              "SELECT id, producer_id, seq FROM chats WHERE producer_id = ?2 AND seq = ?3 "
              "ORDER BY 1");
  query.Bind(1, id);
  query.Bind(2, producer_id.value_or(0));
  query.Bind(3, key ? key->seq : std::int64_t{0});
  std::vector<ChatKey> found;
  while (true) {
    ASSIGN_OR_RETURN(const bool has_row, query.Step());
    if (!has_row) return found;
    found.push_back({.producer = names.at(query.Int(1)), .seq = query.Int(2)});
  }
}

absl::StatusOr<ChatExplanation> SqliteStore::ExplainChat(const ChatKey& key) {
  ASSIGN_OR_RETURN(const auto reading, Read());
  Connection* connection = reading->connection();
  ASSIGN_OR_RETURN(const auto names, ProducerNames(connection));
  ASSIGN_OR_RETURN(const auto producer_id, FindProducer(connection, key.producer));
  Query query(connection, AMOOZ_STORE_RECORD_SELECT "WHERE c.producer_id = ? AND c.seq = ?");
  query.Bind(1, producer_id.value_or(0));
  query.Bind(2, key.seq);
  ASSIGN_OR_RETURN(const bool exists, query.Step());
  if (!exists) {
    return absl::NotFoundError(StrCat("no chat is called ", ToString(key)));
  }
  ChatExplanation explanation;
  ASSIGN_OR_RETURN(explanation.chat, RecordOf(query, names, connection));
  const std::optional<Decision>& decision = explanation.chat.decision;
  if (decision && decision->duplicate_of_chat) {
    Query other(connection, "SELECT producer_id, seq FROM chats WHERE id = ?");
    other.Bind(1, *decision->duplicate_of_chat);
    ASSIGN_OR_RETURN(const bool has_other, other.Step());
    if (has_other) {
      explanation.duplicate_of_chat =
          ChatKey{.producer = names.at(other.Int(0)), .seq = other.Int(1)};
    }
  }
  if (decision && decision->example_id) {
    Query example(connection,
                  "SELECT " AMOOZ_STORE_EXAMPLE_COLUMNS " FROM examples e WHERE e.id = ?");
    example.Bind(1, *decision->example_id);
    ASSIGN_OR_RETURN(const bool has_example, example.Step());
    if (has_example) {
      ASSIGN_OR_RETURN(explanation.example, ExampleOf(example));
    }
  }
  return explanation;
}

// ---- Retention ----

absl::StatusOr<std::int64_t> SqliteStore::RetireChatTexts(std::int64_t keep) {
  ChatId newest_to_retire = 0;
  {
    ASSIGN_OR_RETURN(const auto reading, Read());
    Query query(reading->connection(),
                "SELECT t.id FROM chat_texts t JOIN producers p ON p.id = t.producer_id "
                "WHERE t.seq <= p.cursor ORDER BY t.id DESC LIMIT 1 OFFSET ?");
    query.Bind(1, std::max<std::int64_t>(keep, 0));
    ASSIGN_OR_RETURN(const bool exists, query.Step());
    if (!exists) return 0;
    newest_to_retire = query.Int(0);
  }
  std::int64_t retired = 0;
  ChatId after = 0;
  while (after < newest_to_retire) {
    // A batch is a run of ids with as many rows as a transaction should delete.
    ChatId upto = newest_to_retire;
    const auto retire = [&](Connection* connection) -> absl::Status {
      Query bound(connection,
                  "SELECT id FROM chat_texts WHERE id > ? AND id <= ? ORDER BY id "
                  "LIMIT 1 OFFSET ?");
      bound.Bind(1, after);
      bound.Bind(2, newest_to_retire);
      bound.Bind(3, kRetireBatch - 1);
      ASSIGN_OR_RETURN(const bool is_full, bound.Step());
      if (is_full) upto = bound.Int(0);
      Query remove(connection,
                   "DELETE FROM chat_texts WHERE id > ? AND id <= ? AND seq <= "
                   "(SELECT p.cursor FROM producers p WHERE p.id = chat_texts.producer_id)");
      remove.Bind(1, after);
      remove.Bind(2, upto);
      RETURN_IF_ERROR(remove.Run());
      retired += sqlite3_changes64(connection->handle());
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(Write(retire, "retention"));
    after = upto;
  }
  return retired;
}

}  // namespace amooz::store
