#include "templates.h"

#include <array>
#include <string>

namespace amooz::pattern_variation {
namespace {

constexpr std::array kPersianGreetings = {
    Template{
        "سلام، امروز خیلی به یاد {my} افتادم",
        "سلام، خوش آمدی. یاد {your} امروز مهمان دلت شده؛ من اینجام، بگو چه چیزی او را به یادت آورد؟"},
    Template{
        "سلام، می‌خواهم از {my} برایت بگویم",
        "سلام، با جان و دل می‌شنوم. از هر جا که دوست داری شروع کن؛ از صدای {your}، از عادت‌هایش یا از روزی که بیشتر از همه یادت مانده."},
    Template{
        "شب بخیر، امشب دلم پیش {my} است",
        "شب تو هم بخیر. دلی که پیش {your} است راه خودش را می‌شناسد؛ اگر خواستی امشب چند کلمه برایش بنویس و بعد آرام بخواب."},
};
constexpr std::array kPersianAfterlife = {
    Template{
        "به نظرت {my} الان کجاست؟",
        "جواب قطعی این را نمی‌دانم، اما جای {your} همین الان در دل تو روشن است. دوست داری بگویی خودت او را کجا تصور می‌کنی؟"},
    Template{
        "یعنی {my} صدای من را می‌شنود؟",
        "کسی این را با یقین نمی‌داند، ولی حرف زدن با عزیزی که نیست دل را سبک می‌کند. هر چه می‌خواهی به {your} بگو؛ صدای خودت هم به گوش دلت می‌رسد."},
    Template{
        "سر مزار {my} چه بگویم؟",
        "از یک سلام ساده شروع کن و بعد بگو این هفته چطور گذشت. سر مزار {your} لازم نیست حرف‌هایت قشنگ باشد؛ همین که از دل باشد بس است."},
};
constexpr std::array kPersianEmotions = {
    Template{
        "دلم برای {my} تنگ شده",
        "دلتنگی برای {your} یعنی این محبت هنوز زنده است. من اینجام؛ بگو امروز چه چیزی دلت را پیش او برد؟"},
    Template{
        "بدون {my} احساس تنهایی می‌کنم",
        "حق داری؛ جای {your} را هیچ‌کس پر نمی‌کند. احساس تنهایی که سنگین شد، به کسی زنگ بزن که او را می‌شناخت؛ تا آن وقت من اینجام."},
    Template{
        "می‌ترسم {my} را کم‌کم از یاد ببرم",
        "این ترس از دوست داشتن می‌آید. هر شب یک جمله از {your} در دفترت بنویس؛ کاغذ چیزهایی را نگه می‌دارد که ذهن خسته زمین می‌گذارد."},
    Template{
        "ناراحتم که به {my} نگفتم چقدر دوستش دارم",
        "خیلی از محبت‌ها گفته نمی‌شوند و باز هم فهمیده می‌شوند. همین امشب رو به عکس {your} بلند بگو؛ دیر گفتن از نگفتن سبک‌تر است."},
};
constexpr std::array kPersianMemories = {
    Template{
        "یک خاطره از {my} مدام جلوی چشمم است",
        "خاطره‌ای که رهایت نمی‌کند، هنوز حرفی برای گفتن دارد. آن لحظه از {your} را با جزئیات تعریف کن؛ چه می‌دیدی و چه می‌شنیدی؟"},
    Template{
        "عکس {my} را پیدا کردم و بغضم گرفت",
        "عکس {your} را جایی بگذار که هر روز ببینی. پشتش سال و جای آن روز را بنویس تا این خاطره با یک نشانی کوچک بماند."},
    Template{
        "چطور یاد {my} را زنده نگه دارم؟",
        "یاد {your} با کارهای کوچک زنده می‌ماند: غذایی که دوست داشت، آهنگی که گوش می‌داد، مهربانی به کسی که لازم دارد. از کدام شروع می‌کنی؟"},
};

constexpr std::array kEnglishGreetings = {
    Template{
        "Hello, I've been thinking about {my} all day.",
        "Hello, and welcome. I'd be glad to hear about {your}; what brought the two of you together in your thoughts today?"},
    Template{
        "Hi, can I tell you about {my}?",
        "Hi, please do. Start anywhere you like: with a habit, a joke, or one day with {your} that you would live again."},
    Template{
        "Good evening, I miss {my} tonight.",
        "Good evening. Missing {your} is louder when the house is quiet. I'm here; tell me one small thing about tonight."},
};
constexpr std::array kEnglishAfterlife = {
    Template{
        "Where do you think {my} is now?",
        "I don't know, and I won't pretend to. Where do you picture {your} now, on the days when the picture is kind?"},
    Template{
        "Do you think {my} can hear me?",
        "Nobody can say for certain. Many people find that talking to someone they love makes the day lighter, so say to {your} what you need to say; you will hear it too."},
    Template{
        "What do people say at a grave? I'm going to see {my} on Sunday.",
        "Begin with hello, and then say how the week went. Nothing you tell {your} on Sunday has to sound beautiful; it only has to be yours."},
};
constexpr std::array kEnglishEmotions = {
    Template{
        "I feel lonely without {my}.",
        "Of course you feel lonely; nobody else fits the place that {your} had. When it gets heavy, call one person who knew you both, and until then I'm here."},
    Template{
        "I'm scared of forgetting {my}.",
        "That fear comes from love. Write down one sentence about {your} every night; paper keeps what a tired mind puts down."},
    Template{
        "I'm sad that I never said thank you to {my}.",
        "A thank you can be late and still be true. Say it aloud to a photo of {your} tonight, or put it in a letter; it's lighter said than kept."},
};
constexpr std::array kEnglishMemories = {
    Template{
        "I found an old photo of {my} and cried.",
        "An old photo opens like a door without a sound. Write the year and the place on the back, and put {your} where you can say good morning."},
    Template{
        "How do I keep the memory of {my} alive?",
        "With small things: a favourite meal, a song, a kindness done in the name of {your}. Which of these would keep the memory warmest for you?"},
    Template{
        "I keep remembering one afternoon with {my}.",
        "An afternoon that keeps coming back still has something to say. What were you and {your} doing, and what could you hear around you?"},
};

void Append(std::string_view pattern, const Relation& relation, std::string* out) {
  constexpr std::string_view kMy = "{my}";
  constexpr std::string_view kYour = "{your}";
  while (!pattern.empty()) {
    if (pattern.starts_with(kMy)) {
      *out += relation.my;
      pattern.remove_prefix(kMy.size());
    } else if (pattern.starts_with(kYour)) {
      *out += relation.your;
      pattern.remove_prefix(kYour.size());
    } else {
      out->push_back(pattern.front());
      pattern.remove_prefix(1);
    }
  }
}

}  // namespace

std::span<const Template> TemplatesOf(Family family, Language language) {
  const bool is_persian = language == Language::kPersian;
  switch (family) {
    case Family::kGreeting:
      if (is_persian) return kPersianGreetings;
      return kEnglishGreetings;
    case Family::kAfterlife:
      if (is_persian) return kPersianAfterlife;
      return kEnglishAfterlife;
    case Family::kEmotion:
      if (is_persian) return kPersianEmotions;
      return kEnglishEmotions;
    default:
      if (is_persian) return kPersianMemories;
      return kEnglishMemories;
  }
}

Pair Fill(const Template& pattern, const Relation& relation) {
  Pair pair;
  Append(pattern.instruction, relation, &pair.instruction);
  Append(pattern.response, relation, &pair.response);
  return pair;
}

}  // namespace amooz::pattern_variation
