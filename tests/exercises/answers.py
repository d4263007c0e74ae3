"""What a test says of an answer to an exercise."""


def assert_passes(exercise, function):
    verdict = exercise.check(function)
    assert verdict.passed, verdict.text


def assert_mistake(exercise, function, mistake):
    verdict = exercise.check(function)
    assert verdict.mistake == mistake, verdict.text
