// Tables that a plugin could give: each wrong in one thing.
#include "sdk/host/descriptor.h"

#include <gmock/gmock.h>

namespace amooz::host {
namespace {

using ::testing::HasSubstr;

std::int32_t Create(const amooz_host*, amooz_ctx*, const amooz_config*, amooz_instance**) {
  return AMOOZ_OK;
}
void Destroy(amooz_instance*) {}
std::int32_t Score(amooz_instance*, amooz_ctx*, const amooz_example* const*, size_t, double*) {
  return AMOOZ_OK;
}

struct Tables {
  amooz_scorer_vtable vtable{sizeof(amooz_scorer_vtable), &Create, &Destroy, &Score};
  amooz_plugin plugin{sizeof(amooz_plugin),
                      0,
                      0,
                      AMOOZ_KIND_SCORER,
                      0,
                      "good",
                      "1.0.0",
                      "me",
                      "MIT",
                      R"({"type":"object"})",
                      0,
                      0,
                      0,
                      &vtable};
};

std::string Refusal(const Tables& tables) {
  const auto descriptor = ReadDescriptor(&tables.plugin);
  EXPECT_EQ(descriptor.status().code(), Code::kFailedPrecondition);
  return descriptor.status().message();
}

TEST(ReadDescriptor, TakesAGoodTableAndFillsInDefaults) {
  const Tables tables;
  const auto descriptor = ReadDescriptor(&tables.plugin);
  ASSERT_TRUE(descriptor.ok()) << descriptor.status().ToString();
  EXPECT_EQ(descriptor->name, "good");
  EXPECT_EQ(descriptor->stop_grace_ms, 2000);
  EXPECT_EQ(descriptor->max_concurrency, 1);
}

TEST(ReadDescriptor, OnlyAConcurrentPluginHasMoreCallsAtOnce) {
  Tables tables;
  tables.plugin.max_concurrency = 8;
  EXPECT_EQ(ReadDescriptor(&tables.plugin)->max_concurrency, 1);
  tables.plugin.caps = AMOOZ_CAP_CONCURRENT;
  EXPECT_EQ(ReadDescriptor(&tables.plugin)->max_concurrency, 8);
  tables.plugin.max_concurrency = 1 << 30;
  EXPECT_EQ(ReadDescriptor(&tables.plugin)->max_concurrency, 256);
}

TEST(ReadDescriptor, RefusesAShortStruct) {
  Tables tables;
  tables.plugin.struct_size = 16;
  EXPECT_THAT(Refusal(tables), HasSubstr("struct_size 16"));
}

TEST(ReadDescriptor, RefusesABadName) {
  for (const char* name : {"", "Upper", "1digit", "with space", "../x"}) {
    Tables tables;
    tables.plugin.name = name;
    EXPECT_THAT(Refusal(tables), HasSubstr("[a-z][a-z0-9_]{0,63}")) << name;
  }
  Tables tables;
  tables.plugin.name = nullptr;
  EXPECT_THAT(Refusal(tables), HasSubstr("name is ''"));
}

TEST(ReadDescriptor, RefusesAMinorThatIsTooNewButNotOneThatWasBuiltNewer) {
  Tables tables;
  tables.plugin.abi_minor_built = 9;
  EXPECT_TRUE(ReadDescriptor(&tables.plugin).ok());
  tables.plugin.abi_minor_required = 9;
  EXPECT_THAT(Refusal(tables), HasSubstr("requires ABI 1.9, this host has ABI 1.0"));
}

TEST(ReadDescriptor, RefusesAVersionThatIsNoSemanticVersion) {
  for (const char* good : {"0.0.0", "1.2.3-rc.1", "1.2.3+build.7", "10.20.30-a-b.1+c"}) {
    Tables tables;
    tables.plugin.version = good;
    EXPECT_TRUE(ReadDescriptor(&tables.plugin).ok()) << good;
  }
  const std::string endless(100'000, '1');
  for (const char* bad : {"", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "new", "1.0.0\n",
                          endless.c_str()}) {
    Tables tables;
    tables.plugin.version = bad;
    EXPECT_THAT(Refusal(tables), HasSubstr("MAJOR.MINOR.PATCH")) << bad;
  }
  Tables tables;
  tables.plugin.version = nullptr;
  EXPECT_THAT(Refusal(tables), HasSubstr("has the version ''"));
}

TEST(ReadDescriptor, RefusesAnUnknownKindAndAMissingVtable) {
  Tables tables;
  tables.plugin.kind = 5;
  EXPECT_THAT(Refusal(tables), HasSubstr("of kind 5"));
  tables.plugin.kind = AMOOZ_KIND_SCORER;
  tables.plugin.vtable = nullptr;
  EXPECT_THAT(Refusal(tables), HasSubstr("no vtable"));
}

TEST(ReadDescriptor, RefusesANullOrAbsentRequiredSlot) {
  Tables tables;
  tables.vtable.score = nullptr;
  EXPECT_THAT(Refusal(tables), HasSubstr("required function score"));
  tables.vtable.score = &Score;
  tables.vtable.struct_size = offsetof(amooz_scorer_vtable, score);
  EXPECT_THAT(Refusal(tables), HasSubstr("required function score"));
  tables.vtable = {sizeof(amooz_scorer_vtable), nullptr, &Destroy, &Score};
  EXPECT_THAT(Refusal(tables), HasSubstr("required function create"));
}

TEST(ReadDescriptor, RefusesAnUnusableSchema) {
  Tables tables;
  tables.plugin.config_schema_json = R"({"type":"object","anyOf":[]})";
  EXPECT_THAT(Refusal(tables), HasSubstr("'anyOf'"));
}

TEST(ReadDescriptors, RefusesNullSetsNullEntriesAndTwins) {
  const Tables tables;
  const amooz_plugin* twins[2] = {&tables.plugin, &tables.plugin};
  const amooz_plugin* holes[1] = {nullptr};
  const amooz_plugin_set good{sizeof(amooz_plugin_set), 1, twins};
  const amooz_plugin_set two{sizeof(amooz_plugin_set), 2, twins};
  const amooz_plugin_set hole{sizeof(amooz_plugin_set), 1, holes};
  const amooz_plugin_set empty{sizeof(amooz_plugin_set), 0, nullptr};
  EXPECT_TRUE(ReadDescriptors(&good).ok());
  EXPECT_THAT(ReadDescriptors(&two).status().message(), HasSubstr("two plugins"));
  EXPECT_THAT(ReadDescriptors(&hole).status().message(), HasSubstr("null entry"));
  EXPECT_THAT(ReadDescriptors(&empty).status().message(), HasSubstr("empty"));
  EXPECT_THAT(ReadDescriptors(nullptr).status().message(), HasSubstr("refused this host"));
}

TEST(DescriptorsFromJson, ReadsWhatDescriptorsToJsonWrote) {
  const Tables tables;
  Descriptor before = *ReadDescriptor(&tables.plugin);
  before.path = "/p/good.so";
  before.sha256 = std::string(64, 'a');
  before.needed = {"libc.so.6"};
  before.caps = AMOOZ_CAP_CONCURRENT | AMOOZ_CAP_RESUMABLE;
  const auto after = DescriptorsFromJson(DescriptorsToJson({before}));
  ASSERT_TRUE(after.ok()) << after.status().ToString();
  EXPECT_EQ(DescriptorsToJson(*after), DescriptorsToJson({before}));
  EXPECT_FALSE(DescriptorsFromJson("[{}]").ok());
}

TEST(CapabilityNames, NamesTheBits) {
  EXPECT_THAT(CapabilityNames(AMOOZ_CAP_CONCURRENT | AMOOZ_CAP_NEEDS_GPU | (1ULL << 60)),
              testing::ElementsAre("concurrent", "needs_gpu"));
}

}  // namespace
}  // namespace amooz::host
