"""The page at `/`: what is served, and in a real browser that it shows, steers, and lets nothing in as markup."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import imagetasks_mock
import pytest
from imagetasks_mock import Mock, serve
from support.browser import ROOT, Browser

PAGE = Path(imagetasks_mock.__file__).parent / "page"
SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"
HTML = {"Accept": "text/html,application/xhtml+xml"}
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202egnp.exe"


@pytest.fixture(scope="module")
def server() -> Iterator[Mock]:
    with serve(speed=0, duration=30) as mock:
        yield mock


@pytest.fixture
def mock(server: Mock) -> Mock:
    server.reset()
    return server


def submit(
    mock: Mock, prompt: str = "a lighthouse", key: str = "k", **body: Any
) -> Any:
    sent = {"prompt": prompt} | body
    headers = {"x-api-key": key}
    return httpx.post(mock.url + SUBMIT, json=sent, headers=headers).json()


# What is served.


def test_people_get_a_page_and_programs_a_list(mock):
    page = httpx.get(mock.url, headers=HTML)
    assert page.headers["content-type"].startswith("text/html")
    for accept in ("*/*", "application/json"):
        listed = httpx.get(mock.url, headers={"Accept": accept})
        assert listed.headers["content-type"] == "application/json"
        assert "Accept" in listed.headers["vary"]


def test_all_that_the_page_loads_is_served_by_the_mock_itself(mock):
    page = httpx.get(mock.url, headers=HTML).text
    named = re.findall(r'(?:src|href)="([^#"][^"]*)"', page)
    assert len(named) == 3
    for path in named:
        assert httpx.get(mock.url + path).is_success
    for file in PAGE.glob("*.js"):
        script = file.read_text("utf-8")
        for module in re.findall(r'from "\./(.+?)"', script):
            assert (PAGE / module).is_file()
        assert "innerHTML" not in script
        assert "insertAdjacentHTML" not in script
        assert not re.search(r"https?://[a-z]", script)


def test_the_policy_lets_nothing_in_from_elsewhere(mock):
    for path in ("/", "/_page/main.js"):
        headers = httpx.get(mock.url + path, headers=HTML).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["", "nothing.js", "../_mock.py", "..%2f_mock.py", "page.css/", "a\\b.js"]
)
def test_nothing_else_is_a_file_of_the_page(mock, name):
    request = httpx.Request(
        "GET", httpx.URL(mock.url, raw_path=f"/_page/{name}".encode())
    )
    with httpx.Client() as client:
        assert client.send(request).status_code == 404


# Other languages.


@pytest.mark.node
def test_the_example_in_node_waits_for_a_picture():
    with serve(speed=100) as mock:
        command = ["node", str(ROOT / "mock" / "examples" / "wait.mjs"), mock.url]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert run.stdout.startswith(f"200 {mock.url}/_results/akool/"), run.stderr


def test_the_example_in_the_readme_is_the_one_that_runs():
    script = (ROOT / "mock" / "examples" / "wait.mjs").read_text("utf-8")
    code = script.partition("\n")[2]
    assert f"```js\n{code}```" in (ROOT / "mock" / "README.md").read_text("utf-8")


# In a browser.

OPEN = """
page = await open(arg.url, arg.options ?? {});
await page.waitForSelector('#connection:has-text("live")');
"""


LOOKS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 375, "height": 812}},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


def opened(browser: Browser, mock: Mock, code: str, **arg: Any) -> Any:
    return browser.run(OPEN + code, url=mock.url, **arg)


@pytest.mark.node
def test_tasks_and_requests_appear_as_they_happen(mock, browser):
    opened(browser, mock, "")
    submit(mock)
    submit(mock, scale="7:5")
    shown = browser.run("""
        await page.waitForSelector('#requests-list .row:has-text("refused")');
        await page.click('#requests-list .row:has-text("refused")');
        await page.waitForSelector('.reason');
        return [await page.textContent('#tasks-list'), await page.textContent('.reason'), page.problems];
    """)
    assert "queued" in shown[0]
    assert "a lighthouse" in shown[0]
    assert "scale is not one of" in shown[1]
    assert "/scale" in shown[1]
    assert shown[2] == []
    mock.clock.advance(100)
    browser.run(
        """await page.waitForSelector('#tasks-list .row:has-text("succeeded")')"""
    )


@pytest.mark.node
def test_what_came_in_is_text_and_nothing_comes_from_elsewhere(mock, browser):
    task_id = submit(mock, HOSTILE)["data"]["_id"]
    mock.tasks[task_id].succeed()
    submit(mock, HOSTILE, key=HOSTILE.encode("ascii", "ignore").decode(), scale="<b>")
    seen = opened(
        browser,
        mock,
        """
        page.on('dialog', (dialog) => page.problems.push(`a dialog: ${dialog.message()}`) && dialog.dismiss());
        await page.click('#tasks-list .row');
        await page.waitForSelector('#details-body .picture');
        const inside = await page.$$eval('main script, main b, main img[src="x"]', (found) => found.length);
        await page.click('#requests-list .row');
        await page.waitForSelector('.reason');
        return [inside, await page.textContent('#tasks-list'), page.problems, page.foreign];
        """,
    )
    assert seen[0] == 0
    assert HOSTILE in seen[1]
    assert seen[2:] == [[], []]


@pytest.mark.node
def test_a_megabyte_is_cut_where_it_is_shown(mock, browser):
    submit(mock, "long " * 200_000)
    texts = opened(
        browser,
        mock,
        """
        await page.click('#tasks-list .row');
        await page.waitForSelector('#details-title:has-text("Task")');
        const task = await page.textContent('#details-body');
        await page.click('#requests-list .row');
        await page.waitForSelector('#details-title:has-text("Request")');
        await page.click('button:has-text("Copy as curl")');
        await page.waitForSelector('#copied');
        return [task, await page.textContent('#details-body'), await page.textContent('#tasks-list')].map((text) => text.length);
        """,
    )
    task, request, listed = texts
    assert 5_000 < task < 10_000
    assert 300_000 < request < 310_000  # sent, answered, and the curl line
    assert listed < 1_000


@pytest.mark.node
def test_a_page_of_another_origin_neither_steers_nor_listens(mock, browser):
    submit(mock)
    with serve() as other:
        seen = browser.run(
            """
            page = await open(arg.other + '/_mock/health');
            return page.evaluate(async (mock) => {
              const sent = ['reset', 'clock', 'faults'].map((name) => fetch(`${mock}/_mock/${name}`, {
                method: 'POST', mode: 'no-cors', body: '{"advance": 1000, "kind": "hang"}' }));
              const types = (await Promise.all(sent)).map((response) => response.type);
              const stream = new EventSource(`${mock}/_mock/events?from=start`);
              const heard = await new Promise((told) => {
                stream.onerror = () => told('nothing');
                stream.addEventListener('clock', () => told('the clock'));
              });
              return [types, heard];
            }, arg.mock);
            """,
            other=other.url,
            mock=mock.url,
        )
    assert seen == [["opaque"] * 3, "nothing"]
    assert (len(mock.tasks), list(mock.faults)) == (1, [])


@pytest.mark.node
def test_buttons_say_the_curl_line_and_do_the_same(mock, browser):
    before = mock.clock.time()
    line = opened(
        browser,
        mock,
        """
        await page.focus('button:has-text("+1 min")');
        const line = await page.textContent('#shell');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#said:has-text("done")');
        return line;
        """,
    )
    assert mock.clock.time() == before + 60
    assert line.startswith("curl -X POST")
    subprocess.run(["bash", "-c", f"{line} -s -o /dev/null"], check=True, timeout=60)
    assert mock.clock.time() == before + 120


@pytest.mark.long
@pytest.mark.node
@pytest.mark.parametrize("size", LOOKS)
def test_no_button_moves_when_its_curl_line_shows(mock, browser, size):
    moved = opened(
        browser,
        mock,
        """
        for (const summary of await page.$$('aside details:not([open]) > summary')) await summary.click();
        await page.fill('#steer-scenario textarea', 'seed: 1\\n'.repeat(500));
        const button = page.locator('button:has-text("Load, and start anew")');
        await button.scrollIntoViewIfNeeded();
        const before = await button.boundingBox();
        await button.hover();
        const after = await button.boundingBox();
        await button.click();
        await page.waitForSelector('#said.problem');
        const last = await button.boundingBox();
        return [after.y - before.y, last.y - before.y];
        """,
        options=LOOKS[size],
    )
    assert moved == [0, 0]


@pytest.mark.node
def test_a_fault_is_added_with_the_form_and_a_task_is_failed_by_hand(mock, browser):
    task_id = submit(mock)["data"]["_id"]
    opened(
        browser,
        mock,
        """
        await page.click('summary:has-text("Faults")');
        const form = page.locator('#steer-faults form');
        await form.locator('label:has-text("provider") select').selectOption('gptimage2api');
        await form.locator('label:has-text("operation") select').selectOption('getTask');
        await form.locator('label:text-is("status") input').fill('429');
        await page.click('button:has-text("Add the fault")');
        await page.waitForSelector('#faults-now li');
        await page.click('#tasks-list .row');
        await page.click('button:text-is("Fail")');
        await page.waitForSelector('#details-body .state.failed');
        """,
    )
    (fault,) = mock.faults
    assert (fault.provider, fault.operation, fault.status) == (
        "gptimage2api",
        "getTask",
        429,
    )
    assert mock.tasks[task_id].state == "failed"


@pytest.mark.node
def test_a_fault_has_the_fields_that_its_kind_has(mock, browser):
    shown = opened(
        browser,
        mock,
        """
        await page.click('summary:has-text("Faults")');
        const shown = {};
        for (const kind of ['status', 'latency', 'hang']) {
          await page.locator('#steer-faults label:has-text("kind") select').selectOption(kind);
          shown[kind] = await page.locator('#steer-faults label:visible').evaluateAll(
            (labels) => labels.map((label) => label.firstChild.textContent));
        }
        return shown;
        """,
    )
    common = ["kind", "provider", "operation", "task", "probability", "count", "after"]
    own = {kind: [n for n in names if n not in common] for kind, names in shown.items()}
    assert own == {
        "status": ["status", "retry after", "retry after date"],
        "latency": ["seconds"],
        "hang": [],
    }


@pytest.mark.node
def test_balances_are_shown_and_set(mock, browser):
    submit(mock, key=mock.accounts.first_key)
    row = opened(
        browser,
        mock,
        """
        await page.click('summary:has-text("Accounts")');
        await page.waitForSelector('#steer-accounts tr:has-text("akool")');
        await page.selectOption('#steer-accounts [aria-label=vendor]', 'akool');
        await page.fill('#steer-accounts [aria-label=credits]', '7');
        await page.click('button:has-text("Set what is left")');
        await page.waitForSelector('#steer-accounts tr:has-text("akool"):has-text("7")');
        return page.textContent('#steer-accounts tr:has-text("akool")');
        """,
    )
    account = mock.accounts[mock.accounts.first_key]
    assert account.balance("akool") == 7
    assert row == f"akool7{account.spent('akool')}"
    submit(mock, key=mock.accounts.first_key)
    browser.run(
        f"""await page.waitForSelector('#steer-accounts tr:has-text("{account.spent("akool")}")')"""
    )


@pytest.mark.node
def test_a_scenario_is_shown_loaded_and_refused_with_its_line(mock, browser):
    submit(mock)
    said = opened(
        browser,
        mock,
        """
        await page.click('summary:has-text("Scenario")');
        const text = page.locator('#steer-scenario textarea');
        const load = page.locator('button:has-text("Load, and start anew")');
        await page.click('button:has-text("Show what holds now")');
        await page.waitForFunction(() => document.querySelector('#steer-scenario textarea').value.includes('seed'));
        const held = await text.inputValue();
        await text.fill('seed: 1\\nsped: 2');
        await load.click();
        await page.waitForSelector('#said.problem');
        const refused = await page.textContent('#said');
        await text.fill(held.replace('speed: 0', 'speed: 0\\naccounts: [{key: team-a, credits: 5}]'));
        await load.click();
        await page.waitForSelector('#said:not(.problem):has-text("done")');
        await page.waitForSelector('#tasks-list.empty');
        return [held, refused, page.problems.filter((words) => !words.includes('400'))];
        """,
    )
    held, refused, problems = said
    assert "duration: 30" in held
    assert "line 2" in refused
    assert problems == []
    assert len(mock.tasks) == 0
    assert mock.accounts["team-a"].balance("akool") == 5
    httpx.put(f"{mock.url}/_mock/scenario", content=held)


@pytest.mark.node
def test_on_a_phone_a_selection_leads_to_the_details_and_back(mock, browser):
    submit(mock)
    seen = opened(
        browser,
        mock,
        """
        await page.click('#tasks-list .row');
        await page.waitForSelector('#details-title:has-text("Task")');
        const focused = () => page.evaluate(() => document.activeElement.id);
        const inDetails = [await focused(), await page.locator('#details-title').evaluate(
          (title) => title.getBoundingClientRect().top < innerHeight / 2)];
        await page.click('#back');
        return [...inDetails, await focused()];
        """,
        options=LOOKS["phone"],
    )
    assert seen == ["details", True, "tasks-list"]


@pytest.mark.node
def test_the_lists_are_used_by_keyboard(mock, browser):
    for n in range(3):
        submit(mock, f"number {n}")
    title = opened(
        browser,
        mock,
        """
        await page.waitForSelector('#tasks-list .row >> nth=2');
        await page.focus('#tasks-list');
        for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
        await page.waitForSelector('#details-body h3');
        return page.textContent('#details-body');
        """,
    )
    assert "number 1" in title


@pytest.mark.node
def test_ten_thousand_requests_do_not_fill_the_page(mock, browser):
    received = [submit(mock) and mock.requests[-1]]
    world = mock._world
    for _ in range(9_999):
        world.log.last_id += 1
        world.log._received.append(_copy(received[0], world.log.last_id))
    rows, count = opened(
        browser,
        mock,
        """
        await page.waitForSelector('#requests-count:has-text("10000")');
        return [await page.$$eval('.row', (rows) => rows.length), await page.textContent('#requests-count')];
        """,
    )
    assert (rows < 100, count) == (True, "10000")


def _copy(received: Any, request_id: int) -> Any:
    from dataclasses import replace

    return replace(received, id=request_id)


@pytest.mark.long
@pytest.mark.node
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", LOOKS)
def test_axe_finds_nothing(mock, browser, size, scheme):
    submit(mock)
    submit(mock, scale="7:5")
    found = opened(
        browser,
        mock,
        """
        for (const summary of await page.$$('aside details:not([open]) > summary')) await summary.click();
        await page.click('#requests-list .row:has-text("refused")');
        await page.waitForSelector('.reason');
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        return [violations.map((one) => [one.id, one.nodes.map((node) => node.html)]), wide];
        """,
        options=LOOKS[size] | {"colorScheme": scheme},
    )
    assert found == [[], False], json.dumps(found, indent=1)
