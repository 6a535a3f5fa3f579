"""States in which the page looks unlike itself: settings, other scripts, print, a lost worker."""

from playwright.async_api import ViewportSize, expect

from tests.e2e.scene import Scene
from tests.e2e.states.data import import_checks
from tests.e2e.states.shell import delete_failed
from tests.e2e.states.table import state
from tests.support.model_server import tell

PAPER: ViewportSize = {"width": 642, "height": 940}
"""What the margins of the print style leave of A4, in pixels."""
ARABIC_QUESTION = "ما الفرق بين الطابور والسجل؟"
ARABIC = """# الطابور والسجل

كلاهما يحفظ الترتيب، لكن **السجل** يبقى بعد القراءة. راجع `XADD` في وثائق Redis.

- الطابور: يُقرأ مرة واحدة.
- السجل: يُقرأ من أي موضع.

| الاسم | القراءة |
|---|---|
| الطابور | مرة واحدة |
| السجل | متى شئت |

```python
store.xadd("log", {"text": "مرحبا"})
```
"""


@state(after=import_checks)
async def settings_general(scene: Scene) -> None:
    await scene.reset()
    await scene.open("/#settings")
    await expect(scene.get("set-text-size")).to_be_visible()


@state(after=settings_general)
async def settings_personas(scene: Scene) -> None:
    await scene.get("settings-personas").click()
    await scene.get("new-persona").click()
    await expect(scene.get("persona-name")).to_be_visible()


@state(after=delete_failed)
async def right_to_left(scene: Scene) -> None:
    await scene.reset()
    await scene.show(ARABIC_QUESTION, ARABIC)
    await scene.get("composer").fill(ARABIC_QUESTION)


@state(after=right_to_left)
async def session_settings(scene: Scene) -> None:
    await scene.show(scene.words.question, scene.words.answer)
    await scene.get("session-settings").click()
    await expect(scene.get("instructions")).to_be_visible()


@state(print_only=True, widths=(1280,))
async def printed(scene: Scene) -> None:
    words = scene.words
    await scene.user_id()
    asked = [(words.question, words.answer), (words.code_question, words.code), (words.table_question, words.table)]
    session_id = await scene.answered_session(*((question, tell(answer)) for question, answer in asked))
    await scene.open(f"/s/{session_id}")
    await expect(scene.reply).to_have_attribute("data-state", "done")
    await expect(scene.page.locator(".hljs-keyword").first).to_be_attached()
    await scene.page.set_viewport_size(PAPER)
    await scene.page.emulate_media(media="print")
