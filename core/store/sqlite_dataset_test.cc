#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/store_testing.h"

namespace amooz::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DatasetTest : public StoreTest {
 protected:
  std::vector<ExampleId> Ids(VersionId version) {
    std::vector<ExampleId> ids;
    const auto rows = store_->ReadVersion(version).value();
    for (const Example& example : rows) ids.push_back(example.id);
    return ids;
  }
  // Version 1: rows 1 train, 2 validation, 3 held out. Version 2: without 1, 3 stays, 4 and 5
  // added.
  void MakeTwoVersions() {
    Import({.base_version = 0,
            .added = {Row(1), Row(2, Split::kValidation), Row(3, Split::kHeldOut)},
            .digest = "one"});
    Import({.base_version = 1,
            .added = {Row(4), Row(5, Split::kExcluded)},
            .removed = {1},
            .splits = {{2, Split::kExcluded, Exclusion::kModelShare}},
            .digest = "two"});
  }
};

TEST_F(DatasetTest, BeginsEmpty) {
  EXPECT_EQ(store_->LatestVersion()->id, 0);
  EXPECT_EQ(store_->NextExampleId().value(), 1);
  EXPECT_TRUE(store_->ReadVersion(0)->empty());
  EXPECT_EQ(store_->ReadVersion(1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->GetVersion(1).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DatasetTest, EveryFieldComesBack) {
  Example row = Row(1);
  row.context = {{Role::kUser, "before"}};
  row.origin = Origin::kVariation;
  row.split = Split::kExcluded;
  row.exclusion = Exclusion::kEqualsHeldOut;
  row.author = Author::kModel;
  row.score = 0.125;
  row.source = "seed";
  row.chat_id = 7;
  row.varied_from = 3;
  Import({.base_version = 0, .added = {row}, .digest = "d"});
  const Example read = store_->GetExample(1).value();
  EXPECT_EQ(read.instruction, row.instruction);
  EXPECT_EQ(read.response, row.response);
  EXPECT_EQ(read.context, row.context);
  EXPECT_EQ(read.origin, row.origin);
  EXPECT_EQ(read.split, row.split);
  EXPECT_EQ(read.exclusion, row.exclusion);
  EXPECT_EQ(read.author, row.author);
  EXPECT_EQ(read.score, row.score);
  EXPECT_EQ(read.source, row.source);
  EXPECT_EQ(read.chat_id, row.chat_id);
  EXPECT_EQ(read.varied_from, row.varied_from);
  EXPECT_EQ(read.keys, row.keys);
  EXPECT_EQ(read.created_in, 1);
  EXPECT_EQ(read.evicted_in, std::nullopt);
}

TEST_F(DatasetTest, AVersionStaysWhatItWas) {
  MakeTwoVersions();
  EXPECT_THAT(Ids(1), ElementsAre(1, 2, 3));
  EXPECT_THAT(Ids(2), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(store_->GetExample(1)->evicted_in, 2);
  // The split that a row had in that version, not the one it has now.
  EXPECT_EQ(store_->ReadVersion(1).value()[1].split, Split::kValidation);
  EXPECT_EQ(store_->ReadVersion(2).value()[0].split, Split::kExcluded);
  EXPECT_EQ(store_->ReadVersion(2).value()[0].exclusion, Exclusion::kModelShare);
  Import({.base_version = 2, .splits = {{2, Split::kTrain, Exclusion::kNone}}, .digest = "three"});
  EXPECT_EQ(store_->ReadVersion(1).value()[1].split, Split::kValidation);
  EXPECT_EQ(store_->ReadVersion(2).value()[0].split, Split::kExcluded);
  EXPECT_EQ(store_->ReadVersion(3).value()[0].split, Split::kTrain);
}

TEST_F(DatasetTest, VersionsCountTheirRows) {
  MakeTwoVersions();
  const std::vector<DatasetVersion> versions = store_->ListVersions(0, 10).value();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].id, 2);
  EXPECT_EQ(versions[0].rows,
            (SplitCounts{.train = 1, .validation = 0, .held_out = 1, .excluded = 2}));
  EXPECT_EQ(versions[0].added, 2);
  EXPECT_EQ(versions[0].removed, 1);
  EXPECT_EQ(versions[1].rows.total(), 3);
  EXPECT_EQ(versions[1].digest, "one");
  EXPECT_EQ(store_->ListVersions(2, 10)->size(), 1U);
}

TEST_F(DatasetTest, Rule7_DiffCountsRowsAndTrainingRows) {
  MakeTwoVersions();
  const VersionDiff forwards = store_->DiffVersions(1, 2, 10).value();
  EXPECT_EQ(forwards.added_count, 2);
  EXPECT_EQ(forwards.removed_count, 1);
  EXPECT_EQ(forwards.training_added, 1);    // 4
  EXPECT_EQ(forwards.training_removed, 2);  // 1, and 2 that became excluded
  ASSERT_EQ(forwards.removed.size(), 1U);
  EXPECT_EQ(forwards.removed[0].id, 1);
  const VersionDiff backwards = store_->DiffVersions(2, 1, 1).value();
  EXPECT_EQ(backwards.added_count, 1);
  EXPECT_EQ(backwards.removed_count, 2);
  EXPECT_EQ(backwards.removed.size(), 1U);
  EXPECT_EQ(backwards.training_added, 2);
  const VersionDiff all = store_->DiffVersions(0, 2, 0).value();
  EXPECT_EQ(all.added_count, 4);
  EXPECT_EQ(all.training_added, 1);
  EXPECT_EQ(all.removed_count, 0);
  EXPECT_EQ(store_->DiffVersions(2, 2, 9)->added_count, 0);
  EXPECT_EQ(store_->DiffVersions(1, 9, 9).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DatasetTest, Rule13_EverTrainedRemembersWhatLeft) {
  MakeTwoVersions();
  std::vector<std::uint64_t> dataset_keys;
  const auto rows = store_->EverTrainedKeys().value();
  for (const ExampleKeys& keys : rows) {
    dataset_keys.push_back(keys.dataset);
  }
  EXPECT_THAT(dataset_keys, ElementsAre(1, 2, 4));  // 1 left, 2 is excluded now
}

TEST_F(DatasetTest, Rule26_TheSameFileAddsNothing) {
  const VersionChange change{.base_version = 0, .added = {Row(1)}, .digest = "d"};
  EXPECT_EQ(Import(change, "file").id, 1);
  EXPECT_EQ(store_->FindImport("file").value()->id, 1);
  EXPECT_EQ(store_->FindImport("other").value(), std::nullopt);
  const auto again =
      store_->ImportExamples({.file_digest = "file", .file_name = "x", .change = change});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->already_imported);
  EXPECT_EQ(again->version.id, 1);
  EXPECT_EQ(again->version.import_name, "f.jsonl");
  EXPECT_EQ(store_->LatestVersion()->id, 1);
}

TEST_F(DatasetTest, Rule5_ImportIsRefusedBetweenCollectAndSnapshot) {
  const CycleProgress progress = Begin();
  const ImportRequest request{.file_digest = "f",
                              .file_name = "f",
                              .change = {.base_version = 0, .added = {Row(1)}, .digest = "d"}};
  const absl::Status status = store_->ImportExamples(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cycle 1 "));
  ASSERT_TRUE(store_->CommitSnapshot(At(progress.cycle.id, Stage::kSnapshot), Snapshot{}).ok());
  EXPECT_TRUE(store_->ImportExamples(request).ok());
}

TEST_F(DatasetTest, AStaleOrFalseChangeIsRefusedWhole) {
  MakeTwoVersions();
  const auto status_of = [this](VersionChange change) {
    return store_->ImportExamples({.file_digest = "", .file_name = "", .change = std::move(change)})
        .status()
        .code();
  };
  EXPECT_EQ(status_of({.base_version = 1, .added = {Row(6)}, .digest = "x"}),
            absl::StatusCode::kAborted);
  EXPECT_EQ(status_of({.base_version = 2, .added = {Row(6), Row(6)}, .digest = "x"}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status_of({.base_version = 2, .added = {Row(6)}, .removed = {1}, .digest = "x"}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status_of({.base_version = 2, .splits = {{1, Split::kTrain, {}}}, .digest = "x"}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->LatestVersion()->id, 2);
  EXPECT_EQ(store_->NextExampleId().value(), 6);
}

TEST_F(DatasetTest, VisitStopsWhereItIsTold) {
  MakeTwoVersions();
  int visited = 0;
  const absl::Status status = store_->VisitVersion(2, [&visited](Example&&) {
    return ++visited == 2 ? absl::CancelledError("enough") : absl::OkStatus();
  });
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(visited, 2);
}

TEST_F(DatasetTest, AVersionCanBeReadAPageAtATime) {
  MakeTwoVersions();
  for (const VersionId version : {1, 2}) {
    std::vector<ExampleId> whole;
    const std::vector<Example> rows = store_->ReadVersion(version).value();
    for (const Example& row : rows) whole.push_back(row.id);
    std::vector<ExampleId> paged;
    for (std::size_t before = 0;;) {
      const absl::Status status = store_->VisitVersion(
          version,
          [&paged](Example&& row) {
            paged.push_back(row.id);
            return absl::CancelledError("one row a page");
          },
          paged.empty() ? 0 : paged.back());
      if (paged.size() == before) {
        EXPECT_TRUE(status.ok());
        break;
      }
      before = paged.size();
    }
    EXPECT_EQ(paged, whole);
  }
}

}  // namespace
}  // namespace amooz::store
