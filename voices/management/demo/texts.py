"""The demo's texts: names by language, speaking styles, uses, people, tags."""

# BCP 47 tag | share in per cent | first names
_NAMES = """
en-US | 14 | Harper, Mason, Delia, Wyatt, Josephine, Marcus, Tess, Calvin, Ruth, Desmond, Ivy, Grant
en-GB | 9 | Old Tom, Beatrice, Alistair, Imogen, Rupert, Nell, Gwen, Callum, Edith, Hugo, Maisie, Fergus
en-AU | 3 | Kirra, Bodhi, Matilda, Lachlan, Tilly, Banjo
en-IN | 3 | Anjali, Vikram, Meera, Arjun, Kavya, Rohan
de-DE | 9 | Marlene, Konrad, Liesel, Jonas, Greta, Emil, Frieda, Anton, Käthe, Moritz, Hannelore, Jürgen
de-AT | 2 | Resi, Leopold, Vroni, Xaver
fr-FR | 7 | Élodie, Bastien, Océane, Rémi, Margaux, Gaël, Solène, Théo, Anaïs, Loïc
fr-CA | 2 | Maude, Étienne, Noémie, Félix
es-ES | 5 | Lucía, Gonzalo, Inés, Álvaro, Rocío, Íñigo, Pilar, Nacho
es-MX | 4 | Ximena, Emiliano, Renata, Leobardo, Itzel, Joaquín
pt-BR | 5 | Joaquim, Thaís, Otávio, Luíza, Caetano, Jussara, Raí, Iara
pt-PT | 2 | Leonor, Duarte, Benedita, Simão
it-IT | 4 | Ginevra, Tommaso, Ludovica, Matteo, Fiorella, Ezio
nl-NL | 3 | Sanne, Thijs, Lotte, Joost, Femke, Ruben
sv-SE | 3 | Astrid, Måns, Ebba, Lars-Åke, Saga, Björn
da-DK | 2 | Freja, Søren, Ida, Mads
nb-NO | 1 | Ingrid, Håkon, Sigrid
fi-FI | 2 | Aino, Väinö, Helmi, Oskari
pl-PL | 3 | Zofia, Stanisław, Bożena, Wojciech, Jagoda, Tadeusz
cs-CZ | 2 | Eliška, Vojtěch, Božena, Řehoř
hu-HU | 1 | Boglárka, Ödön, Zsófia
ro-RO | 1 | Ilinca, Ștefan, Anca
el-GR | 2 | Ελένη, Γιώργος, Κατερίνα, Νίκος
tr-TR | 2 | Elif, İlker, Şebnem, Ömer
uk-UA | 2 | Оксана, Тарас, Соломія, Богдан
he-IL | 1 | נועה, איתי, תמר
ar-SA | 3 | نادية, طارق, ليلى, يوسف
hi-IN | 3 | Ravi, मीरा, अर्जुन, Asha, देव
ja-JP | 4 | Sora, さくら, 陽翔, ひなた, 蓮, Aoi
ko-KR | 3 | 지우, 민준, Haneul, 서연
zh-CN | 3 | 晓雯, 建国, 雨桐, 志强
vi-VN | 1 | Thảo, Quân, Hạnh
id-ID | 1 | Putri, Bayu, Sekar
"""
NAMES: dict[str, tuple[int, tuple[str, ...]]] = {
    tag.strip(): (int(share), tuple(name.strip() for name in names.split(",")))
    for tag, share, names in (line.split("|") for line in _NAMES.strip().splitlines())
}

MANNERS = (
    "Calm and even", "Bright, quick", "Low and dry", "Warm, slightly smiling", "Soft, close to the microphone",
    "Clear, formal", "Gravelly", "Youthful, a little breathless", "Steady and reassuring", "Crisp consonants",
    "Unhurried", "Playful", "Deep, with long pauses", "Matter-of-fact", "Lively, reads numbers well",
    "Velvety", "Neutral, easy to follow", "Confident, not loud",
)  # fmt: skip

# use | tags | suffix of the name
_USES = """
for product films | brand, film | film
for the support line | support, phone | support
for the phone menu | ivr, phone | IVR
for the news digest | news | news
for e-learning | learning | course
for the game's shopkeepers | game, character | game
for audio books | narration, long-form | reader
for in-car guidance | car | guide
for sales calls | sales, phone | sales
for appointment reminders | reminders, phone | reminders
for the museum guide | museum, narration | tour
for the children's app | kids, character | kids
for delivery updates | reminders | updates
for the banking assistant | banking, support | bank
for radio spots | brand, radio | radio
"""
USES: tuple[tuple[str, tuple[str, ...], str], ...] = tuple(
    (use.strip(), tuple(tag.strip() for tag in tags.split(",")), suffix.strip())
    for use, tags, suffix in (line.split("|") for line in _USES.strip().splitlines())
)

# name, e-mail before the @, role
PEOPLE = (
    ("Ben Lindqvist", "ben", "editor"),
    ("Cleo Haddad", "cleo", "editor"),
    ("Mirela Ionescu", "mirela", "admin"),
    ("Tomasz Wrona", "tomasz", "editor"),
    ("Yuki Tanabe", "yuki", "viewer"),
)
ACCOUNTS = ("Product", "Studio")
NOTES = (
    "Client asked for a slower take in spring; this is the one they kept.",
    "Sibilants are sharp above 6 kHz. Fine on the phone, not for film.",
    "Contract with the speaker runs until the end of next year.",
    "Best with short sentences; long ones lose air towards the end.",
)
VIEWS = (
    ("Approved English", "language=en&stage=approved", True),
    ("Phone lines", "tag={phone}&sort=played", True),
    ("My drafts", "owner={me}&stage=draft", False),
    ("Retired", "stage=retired", False),
)
AGENTS = (
    "Front desk", "Night line", "Order status", "Film studio guide", "Sales call-back", "Appointment reminders",
    "Museum tour", "Delivery updates", "Bank hotline", "News briefing", "Course tutor", "Kids' story time",
)  # fmt: skip
# alias, language of its voice
ALIASES = (
    ("brand-en", "en-US"), ("brand-de", "de-DE"), ("brand-fr", "fr-FR"), ("support-en", "en-GB"),
    ("ivr-es", "es-ES"), ("news-ja", "ja-JP"),
)  # fmt: skip
