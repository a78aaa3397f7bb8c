"""The public voices every account sees: 48 voices, 28 languages, six providers."""

import uuid
from dataclasses import dataclass

from voices.sandbox.state import VoiceRow

NAMESPACE = uuid.UUID("7d8c1f5e-3f0a-4a7e-9a53-0d9a6f3b2c41")
LOW, HIGH = (85.0, 135.0), (165.0, 245.0)

# name | language | engine | register | description
TABLE = """
Amelia | en-GB | elevenLabs | high | Warm British narrator with an unhurried pace, for guided tours.
Mark | en-US | elevenLabs | low | Easy-going American baritone for support lines and product walk-throughs.
Hannah-Marie | de-DE | elevenLabs | high | Clear High German, friendly and precise; for appointment calls.
Étienne | fr-FR | elevenLabs | low | Parisian presenter, smooth and slightly playful.
Lucía | es-ES | elevenLabs | high | Castilian, bright and energetic; made for announcements.
Giulia | it-IT | elevenLabs | high | Lively Milanese voice with crisp diction.
Rafael | pt-BR | elevenLabs | low | Relaxed São Paulo accent for everyday conversation.
Zofia | pl-PL | elevenLabs | high | Gentle Polish voice, steady under long instructions.
Brooke | en-US | cartesia | high | Upbeat American agent that sounds as if she smiled.
Callum | en-GB | cartesia | low | Soft Scottish lilt; reassuring on hold lines.
Priya | en-IN | cartesia | high | Indian English, quick and courteous.
Klaus | de-DE | cartesia | low | Deep, calm, a little formal; banking and insurance.
Camille | fr-CA | cartesia | high | Québécoise, natural and direct.
Mateo | es-MX | cartesia | low | Mexican Spanish, confident sales voice.
Yuki | ja-JP | cartesia | high | Polite Tokyo standard, light and even.
Min-jun | ko-KR | cartesia | low | Young Seoul voice, conversational.
Ayşe | tr-TR | cartesia | high | Istanbul Turkish, warm and articulate.
Nadia | ru-RU | cartesia | high | Measured Russian narrator with a low smile.
Lily | en-US | lmnt | high | Youthful and expressive, quick to laugh.
Morgan | en-US | lmnt | low | Gravelly storyteller who takes his time.
Ansel | de-DE | lmnt | low | Casual young German for apps and games.
Inès | fr-FR | lmnt | high | Bright and concise; short prompts.
Pilar | es-ES | lmnt | high | Mature and composed, for public information.
Charon | en-US | google | low | Informative and even, made for long answers.
Leda | en-US | google | high | Youthful and clear, neutral American.
Aarav | hi-IN | google | low | Friendly Hindi for everyday service calls.
Meera | ta-IN | google | high | Tamil, lively and exact.
Huda | ar-SA | google | high | Modern Standard Arabic, composed newsreader.
Anh | vi-VN | google | high | Hanoi Vietnamese, gentle contour.
Siriporn | th-TH | google | high | Polite Thai for reservations.
Budi | id-ID | google | low | Indonesian, open and helpful.
Oksana | uk-UA | google | high | Ukrainian, firm and kind.
Sanne | nl-NL | google | high | Dutch, matter-of-fact with a light touch.
Freja | da-DK | google | high | Danish, quiet and close to the microphone.
Ashley | en-US | inworld | high | Warm natural companion, good at small talk.
Edward | en-US | inworld | low | Fast-talking and streetwise.
Xiaoyin | zh-CN | inworld | high | Gentle Mandarin, even and bright.
Haruto | ja-JP | inworld | low | Easy Kansai warmth in standard Japanese.
Søren | nb-NO | inworld | low | Norwegian, dry and trustworthy.
Astrid | sv-SE | inworld | high | Swedish, airy and precise.
Eero | fi-FI | inworld | low | Finnish, calm with clear vowels.
Levente | hu-HU | inworld | low | Hungarian, composed explainer.
Samantha | en-US | respeecher | high | Cinematic alto with breath and weight.
Neve | en-GB | respeecher | high | Intimate whisper-close reader.
Bohdan | uk-UA | respeecher | low | Resonant Ukrainian stage voice.
Eleni | el-GR | respeecher | high | Greek, sunny and quick.
Ondřej | cs-CZ | respeecher | low | Czech, patient teacher.
Ioana | ro-RO | respeecher | high | Romanian, melodic and polite.
"""

# How each provider's previews come: every form a real client has met, so that ours meets them all.
PREVIEWS = {
    "elevenLabs": "storage",
    "cartesia": "api",
    "lmnt": "api-mp3",
    "google": "redirect",
    "inworld": "api-text",
    "respeecher": "api-octet",
}


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue."""

    row: VoiceRow
    pitch: tuple[float, float]


def _settings(engine: str, name: str, language: str, voice_id: uuid.UUID) -> dict[str, object]:
    if engine == "google":
        return {"voiceId": f"{language}-Chirp3-HD-{name}", "speakingRate": 1.0}
    if engine == "elevenLabs":
        return {"voiceId": voice_id.hex[:20], "model": "eleven_turbo_v2_5", "stability": 0.5}
    if engine == "cartesia":
        return {"voiceId": str(uuid.uuid5(NAMESPACE, voice_id.hex)), "model": "sonic-2"}
    if engine == "inworld":
        return {"voiceId": name, "modelId": "inworld-tts-1"}
    return {"voiceId": name.lower()}


def _entry(line: str) -> Entry:
    name, language, engine, register, description = (part.strip() for part in line.split("|"))
    voice_id = uuid.uuid5(NAMESPACE, f"{engine}:{name}")
    row = VoiceRow(
        id=str(voice_id),
        account=None,
        name=name,
        description=description,
        language=language,
        billing="VOICE_BILLING_STYLE_INCLUDED",
        engine=engine,
        definition={engine: _settings(engine, name, language, voice_id)},
        preview=PREVIEWS[engine],
    )
    return Entry(row, LOW if register == "low" else HIGH)


ENTRIES = {entry.row.id: entry for entry in map(_entry, TABLE.strip().splitlines())}
