"""What a person does, in a real browser: log in, store a key, clone with progress, hear, meet errors."""

from pathlib import Path
from uuid import uuid4

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.sounds import jpeg, speech_wav
from voices.kit.sandbox_keys import make_sandbox_key


def fresh(name: str) -> str:
    return f"{name} {uuid4().hex[:6]}"


async def is_playing(visit: Visit) -> bool:
    """Whether some player really moves on."""
    script = "() => [...document.querySelectorAll('audio')].some(one => !one.paused && one.currentTime > 0)"
    return bool(await visit.page.evaluate(script))


async def await_playing(visit: Visit) -> None:
    script = "() => [...document.querySelectorAll('audio')].some(one => !one.paused && one.currentTime > 0)"
    await visit.page.wait_for_function(script)


async def test_login_explains_a_wrong_and_accepts_the_right_password(visit: Visit) -> None:
    await visit.open("/accounts/login/")
    await visit.page.get_by_label("Email").fill("ada@example.com")
    await visit.page.get_by_label("Password", exact=True).fill("wrong")
    await visit.page.get_by_label("Password", exact=True).press("Enter")
    await expect(visit.page.get_by_role("alert").first).to_be_visible()
    await visit.login()
    await expect(visit.page.get_by_role("heading", name="Library")).to_be_visible()


async def test_new_key_is_tested_at_once_and_never_shown_again(ada: Visit) -> None:
    key = make_sandbox_key()
    await ada.open("/keys/")
    await ada.page.get_by_role("textbox", name="Label optional").fill("Spare")
    await ada.page.get_by_label("Server").select_option("sandbox")
    await ada.page.get_by_label("Key", exact=True).fill(key)
    await ada.page.get_by_role("button", name="Test and save").click()
    await expect(ada.page.get_by_text("Key “Spare” works")).to_be_visible()
    content = await ada.page.content()
    assert key not in content
    assert f"{key[:8]}…{key[-4:]}" in content


async def test_refused_key_is_explained_beside_its_field(ada: Visit) -> None:
    await ada.open("/keys/")
    await ada.page.get_by_label("Server").select_option("sandbox")
    await ada.page.get_by_label("Key", exact=True).fill("Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT")
    await ada.page.get_by_role("button", name="Test and save").click()
    await expect(ada.page.get_by_text("Althea refused this key").first).to_be_visible()
    await expect(ada.page.get_by_label("Key", exact=True)).to_have_attribute("aria-invalid", "true")


async def test_upload_shows_progress_and_becomes_a_playable_voice(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(speech_wav(seconds=100, rate=44_100))
    slow = await ada.context.new_cdp_session(ada.page)
    await ada.open("/clone/")
    await ada.page.evaluate(
        "() => { window.seen = []; document.body.addEventListener('htmx:xhr:progress',"
        " event => window.seen.push(event.detail.loaded)) }"
    )
    await slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 6_000_000},
    )
    await ada.page.get_by_label("Choose a recording").set_input_files(path)
    await expect(ada.page.get_by_role("progressbar")).to_be_visible()
    await expect(ada.page.locator("[data-uploading]")).to_contain_text("long.wav")
    await ada.page.get_by_label("Mine").check()
    await ada.page.get_by_label("The speaker agreed to this").check()
    await ada.page.get_by_label("Name", exact=True).fill(fresh("Marlene"))
    await ada.page.wait_for_function("() => window.seen.length > 3")
    await expect(ada.page.locator("#recording .kept")).to_contain_text("100 seconds · WAV · 44.1 kHz mono")
    await ada.page.get_by_role("button", name="Clone this voice").click()
    await ada.page.wait_for_url("**/clones/*/")
    await ada.page.get_by_text("The voice is in your library.", exact=True).wait_for()
    await slow.detach()
    await ada.page.get_by_role("button", name="Play").click()
    await await_playing(ada)


async def test_row_becomes_a_player_and_one_plays_at_a_time(ada: Visit, recording: Path) -> None:
    first, second = fresh("Sora"), fresh("Ravi")
    for name in (first, second):
        await ada.clone(name, recording)
    await ada.open("/")
    await ada.page.get_by_role("link", name=f"Play {first}").click()
    await await_playing(ada)
    await ada.page.get_by_role("link", name=f"Play {second}").click()
    await expect(ada.page.get_by_role("button", name=f"Pause {second}")).to_be_visible()
    # The first row shows its facts again, and its play link works again.
    await expect(ada.page.locator("#rows audio")).to_have_count(1)
    tinted = ".row:has(> .player[data-state=playing])"
    await expect(ada.page.locator(tinted)).to_have_count(1)
    await ada.page.get_by_role("link", name=f"Play {first}").press("Space")
    await expect(ada.page.get_by_role("button", name=f"Pause {first}")).to_be_visible()
    await expect(ada.page.get_by_role("link", name=f"Play {second}")).to_be_visible()


async def test_sound_goes_on_while_the_list_is_filtered(ada: Visit, recording: Path) -> None:
    name = fresh("Wyatt")
    await ada.clone(name, recording)
    await ada.open("/")
    await ada.page.get_by_role("link", name=f"Play {name}").click()
    await await_playing(ada)
    await ada.page.get_by_label("Search the library").fill(name)
    await expect(ada.page.locator("#rows > .row")).to_have_count(1)
    assert await is_playing(ada)


async def test_clone_error_keeps_the_file_and_typed_text(ada: Visit, recording: Path) -> None:
    name = fresh("Nadia")
    await ada.clone(name, recording)
    await ada.open("/clone/")
    await ada.choose(recording)
    await ada.page.get_by_label("Mine").check()
    await ada.page.get_by_label("The speaker agreed to this").check()
    await ada.page.get_by_label("Name", exact=True).fill(name)
    await ada.page.get_by_label("Description").fill("Formal newsreader")
    await ada.page.get_by_role("button", name="Clone this voice").click()
    await expect(ada.page.get_by_text(f"You already have a voice called “{name}”").first).to_be_visible()
    await expect(ada.page.get_by_label("Description")).to_have_value("Formal newsreader")
    await expect(ada.page.get_by_text("marlene.wav", exact=True)).to_be_visible()
    await ada.page.get_by_label("Name", exact=True).fill(fresh("Nadia"))
    await ada.page.get_by_role("button", name="Clone this voice").click()
    await ada.page.get_by_text("The voice is in your library.", exact=True).wait_for()


async def test_consent_name_is_asked_only_where_somebody_consented(ada: Visit, recording: Path) -> None:
    name = fresh("Ana")
    await ada.open("/clone/")
    await ada.choose(recording)
    await ada.page.get_by_label("Name", exact=True).fill(name)
    speaker = ada.page.get_by_role("textbox", name="Who consented")
    await expect(speaker).to_be_hidden()
    await ada.page.get_by_role("button", name="Clone this voice").click()
    await expect(ada.page.get_by_text("Choose whose voice it is").first).to_be_visible()
    await ada.page.get_by_label("Someone else's, with their consent").check()
    await speaker.fill("Ana Ruiz")
    await ada.page.get_by_label("Relation to your team").select_option("Voice actor")
    await ada.page.get_by_label("The speaker agreed to this").check()
    await ada.page.get_by_role("button", name="Clone this voice").click()
    await ada.page.get_by_text("The voice is in your library.", exact=True).wait_for()
    await ada.page.get_by_role("link", name="Open voice").click()
    panel = ada.page.get_by_role("region", name="Consent")
    await expect(panel.get_by_text("Ana Ruiz")).to_be_visible()
    await expect(panel.get_by_text("Voice actor")).to_be_visible()


async def test_picture_named_mp3_is_refused_as_a_picture(ada: Visit, tmp_path: Path) -> None:
    path = tmp_path / "holiday.mp3"
    path.write_bytes(jpeg())
    await ada.open("/clone/")
    await ada.page.get_by_label("Name", exact=True).fill("Picture")
    await ada.page.get_by_label("Choose a recording").set_input_files(path)
    await expect(ada.page.locator("#file-error")).to_contain_text("This is a JPEG picture")
    await expect(ada.page.locator("#recording b", has_text="holiday.mp3")).to_be_visible()
    await expect(ada.page.get_by_label("Choose another recording")).to_be_attached()
    await expect(ada.page.get_by_label("Name", exact=True)).to_have_value("Picture")


async def test_search_narrows_the_list_while_typing(ada: Visit, recording: Path) -> None:
    name = fresh("Élodie")
    await ada.clone(name, recording)
    await ada.open("/")
    await ada.page.keyboard.press("/")
    await ada.page.keyboard.type(name.replace("É", "e").lower())
    await expect(ada.page.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    await expect(ada.page.locator("#rows > li")).to_have_count(1)
    assert "q=" in ada.page.url


async def test_clone_and_play_work_without_script(plain: Visit, recording: Path) -> None:
    name = fresh("Old Tom")
    await plain.open("/clone/")
    await plain.page.get_by_label("Choose a recording").set_input_files(recording)
    await plain.page.get_by_label("Mine").check()
    await plain.page.get_by_label("The speaker agreed to this").check()
    await plain.page.get_by_label("Name", exact=True).fill("x" * 41)
    await plain.page.get_by_role("button", name="Clone this voice").click()
    await expect(plain.page.get_by_text("Althea allows at most 40").first).to_be_visible()
    await plain.page.get_by_label("Name", exact=True).fill(name)
    await plain.page.get_by_role("button", name="Clone this voice").click()
    await plain.page.wait_for_url("**/clones/*/")
    while not await plain.page.get_by_text("The voice is in your library.", exact=True).count():
        await plain.page.reload()
    await plain.open("/")
    await plain.page.get_by_role("link", name=f"Play {name}").click()
    audio = plain.page.get_by_label(f"Preview of {name}").locator("audio")
    while not await audio.count():  # the preview is fetched in the background
        await plain.page.get_by_role("link", name="Refresh").or_(audio).first.wait_for()
        await plain.page.reload()
    await expect(audio).to_have_attribute("controls", "")
    source = await audio.get_attribute("src")
    answer = await plain.context.request.get(f"{plain.studio.url}{source}")
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/wav")


async def test_new_voice_is_played_and_paused_by_keyboard(ada: Visit, recording: Path) -> None:
    name = fresh("Joaquim")
    await ada.clone(name, recording)
    await ada.open("/")
    for _ in range(60):
        await ada.page.keyboard.press("Tab")
        label = await ada.page.evaluate("() => document.activeElement.getAttribute('aria-label') || ''")
        if label == f"Play {name}":
            break
    else:
        raise AssertionError("the play button cannot be reached by Tab")
    outline = await ada.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    await ada.page.keyboard.press("Enter")
    await await_playing(ada)
    await expect(ada.page.get_by_role("button", name=f"Pause {name}")).to_be_focused()
    await ada.page.keyboard.press("Space")
    assert not await is_playing(ada)


async def test_expired_session_loads_the_whole_login_page(ada: Visit, recording: Path) -> None:
    await ada.clone(fresh("Mia"), recording)
    await ada.open("/")
    await ada.context.clear_cookies()
    await ada.page.get_by_role("link", name="Play").first.click()
    await ada.page.wait_for_url("**/accounts/login/**")
