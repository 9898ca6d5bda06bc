#include "sample_text.hpp"

#include <array>

namespace outmap::exchange {

namespace {

const sample_language english = {
    "Re: ",
    "Hello,",
    "Best wishes,",
    {"Anna Berger", "Tom Whitfield", "Priya Nair", "Samuel Okoro", "Grace Lindqvist"},
    {"Minutes of Tuesday", "Server room, second attempt", "Travel plans for the spring meeting", "Budget, third draft",
     "Photographs from the workshop", "Who moved the projector?", "Release notes", "Your order has left our warehouse",
     "Measurements of the week", "Lunch on Friday"},
    {"The draft is attached and needs one more pair of eyes.", "I will be away until Thursday afternoon.",
     "Could you check the second table before we send it out?", "The cable that we replaced was not the broken one.",
     "Nobody has seen the key to the archive since Monday.", "We agreed on the smaller room, which has better light.",
     "The numbers differ from last year's by about four per cent.", "Please answer to the list and not only to me.",
     "The train leaves at ten past eight from platform three.", "I counted twice and arrived at the same sum."},
    " "};

const sample_language german = {
    "AW: ",
    "Guten Tag,",
    "Viele Grüße",
    {"Jürgen Müller", "Käthe Weiß", "Björn Östermann"},
    {"Rückmeldung zum Angebot", "Übergabe am Montag", "Grüße aus Zürich", "Prüfbericht für die Brücke",
     "Änderungen am Zeitplan"},
    {"Die Unterlagen liegen im Büro neben der Tür.", "Über die Größe müssen wir noch einmal reden.",
     "Am Dienstag fällt die Besprechung aus.", "Ich schicke Ihnen die fehlenden Maße bis heute Abend.",
     "Bitte prüfen Sie die Zahlen auf der vierten Seite."},
    " "};

const sample_language french = {
    "RE: ",
    "Bonjour,",
    "Bien à vous,",
    {"Hélène Lefèvre", "François Périgord"},
    {"Réunion reportée à jeudi", "Café et théâtre", "Le reçu de l'hôtel", "À propos du devis"},
    {"Le rendez-vous est déplacé à jeudi après-midi.", "Où avez-vous rangé les clés de l'entrepôt ?",
     "Les mesures sont jointes à ce message.", "Nous avons reçu la moitié de la commande.",
     "Pourriez-vous relire la deuxième page ?"},
    " "};

const sample_language japanese = {
    "Re: ",
    "お世話になっております。",
    "よろしくお願いいたします。",
    {"山田太郎", "佐藤花子"},
    {"会議の日程について", "見積書を送ります", "写真のご確認のお願い", "来週の出張の予定"},
    {"資料を添付しましたのでご確認ください。", "会議は木曜日の午後に変わりました。", "鍵は受付に預けてあります。",
     "数字をもう一度見直しました。", "電車は八時十分に出発します。"},
    ""};

const sample_language arabic = {"رد: ",
                                "مرحبا،",
                                "مع أطيب التحيات",
                                {"ليلى حداد", "يوسف منصور"},
                                {"موعد الاجتماع", "تقرير الأسبوع", "صور من الورشة"},
                                {"تغير موعد الاجتماع إلى يوم الخميس.", "أرسلت لكم الجدول مع هذه الرسالة.",
                                 "لم نجد مفتاح المخزن بعد.", "أرجو مراجعة الصفحة الثانية."},
                                " "};

const sample_language russian = {
    "Re: ",
    "Здравствуйте,",
    "С уважением,",
    {"Ольга Смирнова", "Дмитрий Кузнецов"},
    {"Отчёт за неделю", "Встреча переносится", "Фотографии с выставки", "Вопрос по смете"},
    {"Встреча перенесена на четверг после обеда.", "Таблица приложена к письму.", "Ключ от архива остался у дежурного.",
     "Проверьте, пожалуйста, вторую страницу.", "Мы получили только половину заказа."},
    " "};

const sample_language greek = {"ΑΠ: ",
                               "Καλημέρα,",
                               "Με εκτίμηση,",
                               {"Νίκος Παπαδόπουλος", "Ελένη Γεωργίου"},
                               {"Συνάντηση την Πέμπτη", "Οι μετρήσεις της εβδομάδας"},
                               {"Η συνάντηση θα γίνει την Πέμπτη το απόγευμα.", "Ο πίνακας είναι συνημμένος.",
                                "Παρακαλώ ελέγξτε τη δεύτερη σελίδα."},
                               " "};

const sample_language chinese = {"回复: ",
                                 "您好：",
                                 "此致敬礼",
                                 {"王小明", "李静"},
                                 {"会议改到星期四", "本周的测量结果", "请确认报价单"},
                                 {"会议改到星期四下午。", "表格见附件。", "仓库的钥匙在前台。", "请检查第二页的数字。"},
                                 ""};

const sample_language hindi = {"Re: ",
                               "नमस्ते,",
                               "धन्यवाद,",
                               {"अनीता शर्मा", "राजेश वर्मा"},
                               {"बैठक की तारीख", "सप्ताह की रिपोर्ट"},
                               {"बैठक अब गुरुवार को होगी।", "तालिका इस संदेश के साथ भेजी है।", "कृपया दूसरा पृष्ठ देखें।"},
                               " "};

const sample_language emoji = {
    "Re: ",
    "Hey 👋",
    "Cheers 🍀",
    {"Zoë 🌻 Marsh", "Max 🚲"},
    {"🎉 Party on Saturday 🎂", "Cat 🐈 pictures", "👩‍💻 New keyboard ⌨️", "Hiking 🥾 or swimming 🏊?"},
    {"Bring your own cup ☕, please.", "The weather looks fine ☀️ until Sunday.",
     "We found the cat 🐈 in the printer.", "Two tickets 🎟️ are left."},
    " "};

}  // namespace

const sample_language& language(sample_tongue which) {
  static const std::array<const sample_language*, 10> all = {&english, &german, &french,  &japanese, &arabic,
                                                             &russian, &greek,  &chinese, &hindi,    &emoji};
  return *all[static_cast<std::size_t>(which)];
}

}  // namespace outmap::exchange
