"""The benchmarks work: short runs give a table, JSON and a picture. Nothing is timed here."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import hiredis
import pytest

from benchmarks import contents
from benchmarks.figures import TYPES, Figure
from benchmarks.histogram import LatencyHistogram
from benchmarks.report import Results, tables
from benchmarks.requests import DISTRIBUTIONS, KeySpace, Mix, Template, Values
from tests.support.resp import request
from tests.support.sources import ROOT


def run_module(name, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_keys_stay_in_their_space(distribution):
    keys = KeySpace(50, distribution)
    drawn = [number for _ in range(20) for number in keys.draw(100)]
    assert len(drawn) == 2000
    assert set(drawn) <= set(range(50))
    assert len(set(drawn)) > 25


def test_sequential_draws_each_key_once_and_a_hot_set_most_of_the_load():
    assert sorted(KeySpace(100, "sequential").draw(100)) == list(range(100))
    drawn = KeySpace(1000, "hot", hot_keys=0.1, hot_share=0.9).draw(10_000)
    assert sum(number < 100 for number in drawn) > 8000
    zipf = KeySpace(1000, "zipf").draw(10_000)
    assert zipf.count(0) > zipf.count(9) > zipf.count(99)


def test_templates_become_requests():
    values = Values(3, 3)
    values.variants = [b"$3\r\nabc\r\n"]
    mix = Mix([Template("SET 5%{key}:{key} {value} EX 5", "k:")], KeySpace(1), values)
    name = "5%k:000000000000:k:000000000000"
    assert mix.draw(2) == request("SET", name, "abc", "EX", 5) * 2
    assert Mix([Template("INCRBY n {number}")], KeySpace(1), values).draw(1) == request(
        "INCRBY", "n", 0
    )


def test_weights_say_how_often_a_template_is_drawn():
    mix = Mix([Template("9*GET {key}"), Template("PING")], KeySpace(10), Values(1, 1))
    drawn = mix.draw(1000)
    assert drawn.count(b"GET") + drawn.count(b"PING") == 1000
    assert drawn.count(b"GET") > 5 * drawn.count(b"PING")


def test_a_template_with_a_placeholder_inside_a_word_is_refused():
    with pytest.raises(ValueError, match="words of their own"):
        Template("SET k x{value}")
    with pytest.raises(ValueError, match="empty"):
        Template("3* ")


def test_percentiles_are_at_most_a_bucket_too_large():
    histogram = LatencyHistogram()
    for microseconds in range(1, 10_001):
        histogram.record(microseconds / 1e6)
    for percent in (1, 50, 99, 99.9):
        exact = percent * 100 / 1e6
        assert exact <= histogram.percentile(percent) <= exact * 1.0625 + 1e-6
    assert histogram.percentile(100) == 0.01
    assert sum(count for _, count in histogram.by_power_of_two()) == 10_000


def test_load_reports_on_a_mix(server, tmp_path):
    commands = ["--command", "2*SET {key} {value} EX 100", "--command", "GET {key}"]
    result = run_module(
        "load", "--port", server.port, "--requests", 3000, "--pipeline", 8, "--clients", 20,
        "--size", "1-200", "--distribution", "zipf", *commands, "--json", tmp_path / "figures"
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3,000 requests in" in result.stdout
    figures = json.loads((tmp_path / "figures").read_text())
    assert figures["requests"] == 3000
    assert figures["errors"] == {}
    assert 0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"]
    assert 100 < server.client().dbsize() <= 1000


def test_load_counts_error_replies_and_fails(server):
    server.client().set("key:000000000000", "text")
    increment = ["--command", "INCR {key}", "--requests", 10, "--keys", 1]
    result = run_module("load", "--port", server.port, *increment)
    assert result.returncode == 1
    assert "10 errors: ERR value is not an integer" in result.stdout


def test_compare_measures_everything(tmp_path):
    few = ["--rounds", 1, "--requests", 200, "--keys", 100, "--pipelines", "1,16"]
    few += ["--memory-keys", 2000, "--members", 500, "--connections", 20]
    result = run_module("compare", *few, "--output", tmp_path / "result")
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads((tmp_path / "result.json").read_text())
    sections = {figure["section"] for figure in report["figures"]}
    assert len(sections) == 8
    for figure in report["figures"]:
        assert len(figure["values"]["rediskit"]) == 1
    for title in ("CPU per command", "Memory", "Connections", "Start", "Throughput and latency"):
        assert title in result.stdout
    for title in ("CPU per command of data types", "Memory of containers", "Single calls"):
        assert title in result.stdout
    picture = ElementTree.parse(tmp_path / "result.svg").getroot()
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "GET, pipeline 16, 100 keys" in texts
    assert "start to first PONG" in texts
    assert "ZRANK, pipeline 64" in texts
    assert "LINDEX in the middle of a list of 500" in texts


def test_geometric_means_of_a_group():
    results = Results()
    for label, ours in (("a", 1.0), ("b", 4.0)):
        figure = Figure(TYPES, label, "µs", group="pipeline 64")
        results.add(figure, "rediskit", ours)
        results.add(figure, "redis-server", 8.0)
    assert list(results.means(TYPES)) == [("pipeline 64", pytest.approx(0.25), 0.6)]
    assert tables(results)[0].rows[2] == [
        "geometric mean, pipeline 64", "", "", "0.25", "0.60", "ok",
    ]  # fmt: skip


def test_contents_are_what_they_say(server):
    for content in (contents.a_list, contents.a_set, contents.a_hash, contents.a_sorted_set):
        contents.feed(server, content(250))
    client = server.client()
    assert client.llen("list") == client.scard("set") == 250
    assert client.hlen("hash") == client.zcard("scores") == 250
    contents.feed(server, contents.two_sets(100))
    assert len(client.sinter("set:1", "set:2")) == 50
    with pytest.raises(hiredis.ReplyError, match="WRONGTYPE"):
        contents.feed(server, [("LPUSH", "set", "x")])


def test_without_redis_server_our_own_figures_stand_alone(tmp_path):
    """And without redis-benchmark our own generator is the load."""
    few = ["--only", "cpu,start", "--commands", "GET", "--rounds", 1, "--requests", 200]
    few += ["--keys", 100, "--pipelines", 16, "--output", tmp_path / "result"]
    result = run_module("compare", *few, PATH=str(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads((tmp_path / "result.json").read_text())
    assert len(report["figures"]) == 6
    for figure in report["figures"]:
        assert list(figure["values"]) == ["rediskit"]
        assert figure["ratio"] is None


def test_abuse_is_measured_on_both_sides():
    done = run_module("abuse", "--only", "flood,announce", "--seconds", 0.2)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    assert len(lines) >= 2
    assert all("p99 quiet" in line and "slower by" in line for line in lines)


def test_publishing_is_measured():
    done = run_module("publishing", "--rounds", 1, "--share", 0.002)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 6
    assert "1000 subscribers" in done.stdout
