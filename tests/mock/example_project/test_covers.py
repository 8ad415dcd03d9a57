from covers import make_cover


def test_a_cover_is_made(client, tmp_path):
    assert make_cover(client, "Moby-Dick", tmp_path).suffix == ".png"


def test_a_cover_that_nobody_draws_is_none(client, imagetasks_mock, tmp_path):
    imagetasks_mock.outcomes.add("failed", prompt="Moby-Dick")
    assert make_cover(client, "Moby-Dick", tmp_path) is None


def test_a_bad_minute_of_the_vendor_is_borne(client, imagetasks_mock, tmp_path):
    imagetasks_mock.faults.add("status", operation="getImage", status=503, count=3)
    assert make_cover(client, "Moby-Dick", tmp_path)
    statuses = [request.status for request in imagetasks_mock.requests]
    assert statuses.count(503) == 3
    assert len(list(imagetasks_mock.tasks)) == 1  # paid for once
