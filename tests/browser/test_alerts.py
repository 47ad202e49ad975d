"""An alert marks the tab while it lasts, and notifies a user who has asked for it, once."""

from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium

# Chromium without a window reports every permission for notifications as denied.
WATCH = """
window.asked = 0;
window.notices = [];
window.Notification = class {
  static permission = 'default';
  static async requestPermission() { asked += 1; return (Notification.permission = 'granted'); }
  constructor(title, { body, tag }) { notices.push([title, body, tag]); }
};
"""
TAB = "[document.title.startsWith('⚠ 1 alert'), document.querySelector('link[rel=icon]').href.includes('alert')]"
# As an update of the socket, which the gallery has none of.
LOG = """((percent) => {
  const { mirror } = stickyboard, type = 'load', { epoch, revision } = mirror.head(type);
  const entry = ['x', 'new', revision + 1, Date.now() / 1000, { host: 'new', percent }];
  mirror.applyUpdate({ sections: [{ type, epoch, from: revision, to: revision + 1, entries: [entry] }] });
})"""


async def test_notifies_once_and_marks_the_tab(server):
    async with chromium() as open_tab:
        tab = await open_tab(server, "/docs/widgets/?kind=lines", before=WATCH)
        await tab.until("document.querySelector('.u-over')?.clientWidth > 0")
        assert await tab.ask("[asked, notices.length]") == [0, 0]
        await tab.page.keyboard.press("?")
        await tab.page.locator("#notifications").check()
        await tab.page.keyboard.press("Escape")
        assert await tab.ask(TAB) == [False, False]

        await tab.ask(f"{LOG}(91)")
        await tab.until("notices.length === 1")
        for percent in (92, 93):
            await tab.ask(f"{LOG}({percent})")
            await tab.until(f"document.querySelector('#board-alerts').title.includes('{percent}')")
        assert await tab.ask(TAB) == [True, True]
        assert await tab.ask("[asked, notices.length, notices[0][1].includes('91')]") == [1, 1, True]
        await tab.ask(f"{LOG}(20)")
        await tab.until("!document.title.startsWith('⚠')")
        assert await tab.ask(TAB) == [False, False]
        assert tab.complaints == []
