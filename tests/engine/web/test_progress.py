from __future__ import annotations

from engine.web.progress import DownloadProgress, ProgressMeter


class HandClock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_fast_download_reports_ten_times_a_second():
    clock, reports = HandClock(), []
    meter = ProgressMeter(reports.append, total_bytes=2_000_000, monotonic=clock)
    meter.restart(0)

    for step in range(1, 2001):
        clock.now_s = 100.0 + step / 1000
        meter.advance(step * 1000)
    meter.finish(2_000_000)

    assert 20 <= len(reports) <= 22
    assert reports[-1].done_bytes == 2_000_000


def test_speed_and_time_left_follow_the_last_five_seconds():
    clock, reports = HandClock(), []
    meter = ProgressMeter(reports.append, total_bytes=10_000, monotonic=clock)
    meter.restart(4000)

    clock.now_s += 2.0
    meter.advance(5000)

    assert reports[0] == DownloadProgress(
        done_bytes=4000, total_bytes=10_000, bytes_per_second=0.0, remaining_s=None
    )
    # 1,000 bytes in 2 seconds; the 4,000 that were there before do not count.
    assert reports[1].bytes_per_second == 500.0
    assert reports[1].remaining_s == 10.0
    for _ in range(10):
        clock.now_s += 1.0
        meter.advance(5000)
    assert reports[-1].bytes_per_second == 0.0
    assert reports[-1].remaining_s is None


def test_starting_over_is_not_a_negative_speed():
    clock, reports = HandClock(), []
    meter = ProgressMeter(reports.append, total_bytes=10_000, monotonic=clock)
    meter.restart(8000)

    clock.now_s += 1.0
    meter.advance(0)
    clock.now_s += 1.0
    meter.advance(100)

    assert [report.bytes_per_second for report in reports] == [0.0, 0.0, 100.0]


def test_the_end_is_reported_once():
    clock, reports = HandClock(), []
    meter = ProgressMeter(reports.append, total_bytes=0, monotonic=clock)
    meter.restart(0)

    clock.now_s += 1.0
    meter.finish(50)
    meter.finish(50)

    assert [(report.done_bytes, report.total_bytes) for report in reports] == [(0, 0), (50, 50)]
