"""Files in, files out: what a script's bytes may look like, and what happens to them."""

from __future__ import annotations

import os
import signal
import stat
import threading
from pathlib import Path

import pytest

from sqlite_batchify import rewrite_source, sources
from tests.support.helpers import AFTER, BEFORE, BROKEN, HEAD, IDLE, Run, write

BOM = b"\xef\xbb\xbf"


def _crlf(source: bytes) -> bytes:
    return source.replace(b"\n", b"\r\n")


def _rewritten(run: Run, path: Path, source: bytes) -> bytes:
    write(path, source)
    status, _, _ = run(path)
    assert status == 0
    return path.read_bytes()


# Bytes that stay as they are


def test_bom_stays(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", BOM + BEFORE) == BOM + AFTER


def test_crlf_stays_and_new_lines_get_it(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", _crlf(BEFORE)) == _crlf(AFTER)


def test_bom_and_crlf_together(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", BOM + _crlf(BEFORE)) == BOM + _crlf(AFTER)


def test_mixed_newlines_stay_where_they_are(run: Run, tmp_path: Path) -> None:
    before = BEFORE.replace(b"None\n", b"None\r\n") + b"    # crlf\r\n    # lf\n"
    after = AFTER.replace(b"None\n", b"None\r\n") + b"    # crlf\r\n    # lf\n"

    assert _rewritten(run, tmp_path / "a.py", before) == after


def test_lone_lf_in_a_crlf_file_stays(run: Run, tmp_path: Path) -> None:
    before = _crlf(BEFORE).replace(b"None\r\n", b"None\n")

    assert _rewritten(run, tmp_path / "a.py", before) == _crlf(AFTER).replace(b"None\r\n", b"None\n")


def test_crlf_inside_a_string_stays(run: Run, tmp_path: Path) -> None:
    text = b'TEXT = """one\r\ntwo\r\n"""\r\n'

    assert _rewritten(run, tmp_path / "a.py", text + _crlf(BEFORE)) == text + _crlf(AFTER)


def test_missing_final_newline_stays_missing(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", BEFORE[:-1]) == AFTER[:-1]


def test_missing_final_newline_after_something_else_stays_missing(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", BEFORE + b"    pass") == AFTER + b"    pass"


_TAILS = {
    "blank lines": "\n\n",
    "blanks": "\n\n  \n",
    "blanks without a newline": "\n  ",
    "comments left of the suite": "\n   \n  # one\n\n# two\n",
    "comments right of the suite": "        # one\n",
    "comment without a newline": "# one",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", _TAILS.values(), ids=_TAILS)
def test_blanks_and_comments_at_the_end_stay(run: Run, tmp_path: Path, tail: str, newline: str) -> None:
    before, after = ((source.decode() + tail).replace("\n", newline).encode() for source in (BEFORE, AFTER))

    assert _rewritten(run, tmp_path / "a.py", before) == after


def test_backslash_before_the_end_is_left_alone(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", BEFORE + b"    pass \\\n\n") == AFTER + b"    pass \\\n\n"


def test_blanks_at_the_ends_of_lines_stay(run: Run, tmp_path: Path) -> None:
    before, after = (source.replace(b"None\n", b"None  \t\n") for source in (BEFORE, AFTER))

    assert _rewritten(run, tmp_path / "a.py", before) == after


def test_tabs_are_the_indentation_of_the_block(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", BEFORE.replace(b"    ", b"\t")) == AFTER.replace(b"    ", b"\t")


def test_form_feed_stays(run: Run, tmp_path: Path) -> None:
    before, after = (source.replace(b"\n\n\ndef", b"\n\n\x0c\ndef") for source in (BEFORE, AFTER))

    assert _rewritten(run, tmp_path / "a.py", before) == after


def test_latin_1_with_a_coding_line_stays_latin_1(run: Run, tmp_path: Path) -> None:
    head = "# -*- coding: latin-1 -*-\n# Größe\n".encode("latin-1")

    assert _rewritten(run, tmp_path / "a.py", head + BEFORE) == head + AFTER


def test_coding_in_the_second_line_counts(run: Run, tmp_path: Path) -> None:
    head = "#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n# Größe\n".encode("cp1252")

    assert _rewritten(run, tmp_path / "a.py", head + BEFORE) == head + AFTER


def test_coding_below_a_statement_does_not_count() -> None:
    assert sources.decode(b"import os\n# coding: latin-1\n").encoding == "utf-8"


def test_coding_below_a_blank_line_counts() -> None:
    assert sources.decode(b"\r\n# coding: latin-1\r\n").encoding == "latin-1"


def test_coding_in_the_third_line_does_not_count() -> None:
    assert sources.decode(b"#\n#\n# coding: latin-1\n").encoding == "utf-8"


# Scripts that cannot be done


def test_latin_1_without_a_coding_line_is_named_and_left(run: Run, tmp_path: Path) -> None:
    source = BEFORE + "    # Größe\n".encode("latin-1")
    path = write(tmp_path / "a.py", source)

    status, out, err = run(path)

    assert status == 2
    assert f"{path}:9: SB902 cannot be decoded: not utf-8: byte 0xf6; " in err
    assert "SB902" not in out
    assert path.read_bytes() == source


def test_unknown_encoding_is_named(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", b"# coding: klingon\n" + BEFORE)

    status, _, err = run(path)

    assert status == 2
    assert f"{path}:1: SB902 cannot be decoded: unknown encoding klingon" in err


def test_syntax_error_is_named_with_its_line_and_left(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", HEAD.encode() + b'    op.drop_column("account" "name" 1)\n')

    status, _, err = run(path)

    assert status == 2
    assert f"{path}:8:" in err
    assert "SB903 cannot be parsed: " in err
    assert path.read_bytes().endswith(b'    op.drop_column("account" "name" 1)\n')


def test_null_byte_is_a_syntax_error(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", BEFORE + b"\x00\n")

    status, _, err = run(path)

    assert status == 2
    assert "SB903" in err


def test_half_a_character_is_named_with_its_place() -> None:
    source = b"# coding: raw_unicode_escape\n" + BEFORE + b"x = '\\ud800'\n"
    (finding,) = rewrite_source(source).findings

    assert (finding.code.code, finding.line, finding.column) == ("SB903", source.count(b"\n"), 6)


@pytest.mark.parametrize("letter", ["\U0001e4d0", "\U000105c0", "\U00010940"])
def test_letter_that_is_newer_than_this_python_is_named_with_its_line(letter: str) -> None:
    found = rewrite_source(f"{letter} = 1\n".encode() + BEFORE).findings

    assert [(each.code.code, each.line) for each in found] == ([] if letter.isidentifier() else [("SB903", 1)])


def test_script_that_breaks_off_before_a_comment_with_a_backslash_is_named() -> None:
    (finding,) = rewrite_source(BEFORE + b"    op.drop_column(  # \\\n").findings

    assert (finding.code.code, finding.line) == ("SB903", BEFORE.count(b"\n") + 1)


def test_scripts_beside_a_script_are_those_that_can_be_read(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "helpers.py", b"x = 1\n")
    (tmp_path / "b.py").symlink_to("gone.py")
    (tmp_path / "c.py").mkdir()

    assert sources.siblings(str(tmp_path)) == {"a.py": BEFORE}
    assert sources.siblings(str(tmp_path / "gone")) == {}


def test_merge_conflict_is_named_with_the_line_of_its_marker(run: Run, tmp_path: Path) -> None:
    source = BEFORE.replace(b"down_", b"<<<<<<< HEAD\ndown_").replace(b"None\n", b"None\n=======\n>>>>>>> main\n")
    path = write(tmp_path / "a.py", source)

    status, _, err = run(path)

    assert status == 2
    assert f"{path}:2:1: SB904 holds the marker of a merge conflict: <<<<<<< HEAD; resolve the conflict first" in err
    assert path.read_bytes() == source


def test_line_of_equal_signs_in_a_string_is_no_merge_conflict(run: Run, tmp_path: Path) -> None:
    head = b'"""Title\n=======\n"""\n'

    assert _rewritten(run, tmp_path / "a.py", head + BEFORE) == head + AFTER


def test_missing_path_is_named(run: Run, tmp_path: Path) -> None:
    status, _, err = run(tmp_path / "missing.py")

    assert status == 2
    assert f"{tmp_path / 'missing.py'}: SB901 cannot be read: No such file or directory" in err


def test_folder_without_scripts_is_named(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "notes.txt")
    write(tmp_path / "__init__.py", b"")

    status, _, err = run(tmp_path)

    assert status == 2
    assert f"{tmp_path}: SB906 no revision script below this folder; " in err


def test_dangling_link_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "gone.py")

    status, _, err = run(tmp_path / "a.py")

    assert status == 2
    assert "SB901" in err


def test_read_only_file_is_named_and_left(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    path.chmod(0o444)

    status, _, err = run(path)

    assert status == 2
    assert f"{path}: SB905 cannot be written: the file is read-only" in err
    assert path.read_bytes() == BEFORE


def test_read_only_file_without_work_is_fine(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", IDLE)
    path.chmod(0o444)

    assert run(path)[0] == 0


def test_read_only_file_can_be_checked(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    path.chmod(0o444)

    status, _, err = run("--check", path)

    assert status == 1
    assert err == ""


# Scripts that need nothing


def test_empty_file_is_fine(run: Run, tmp_path: Path) -> None:
    assert _rewritten(run, tmp_path / "a.py", b"") == b""


def test_file_that_is_no_revision_script_is_rewritten_if_named(run: Run, tmp_path: Path) -> None:
    helper = BEFORE.replace(b'revision = "a1"\ndown_revision = None\n\n', b"")

    assert b"batch_alter_table" in _rewritten(run, tmp_path / "a.py", helper)


def test_file_that_is_no_revision_script_is_left_in_a_folder(run: Run, tmp_path: Path) -> None:
    helper = BEFORE.replace(b'revision = "a1"\ndown_revision = None\n\n', b"")
    write(tmp_path / "helper.py", helper)
    write(tmp_path / "a1.py")

    status, _, _ = run(tmp_path)

    assert status == 0
    assert (tmp_path / "helper.py").read_bytes() == helper
    assert (tmp_path / "a1.py").read_bytes() == AFTER


def test_annotated_revision_makes_a_revision_script() -> None:
    assert sources.is_revision_script(b'"""Text."""\nrevision: str = "a1"\n')


def test_down_revision_alone_makes_none() -> None:
    assert not sources.is_revision_script(b'down_revision = "a1"\n')


def test_unchanged_file_keeps_its_modification_time(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", AFTER)
    os.utime(path, ns=(10**18, 10**18))
    inode = path.stat().st_ino

    run(path)

    assert path.stat().st_mtime_ns == 10**18
    assert path.stat().st_ino == inode


def test_checked_file_keeps_its_modification_time(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    os.utime(path, ns=(10**18, 10**18))

    run("--check", path)
    run("--diff", path)

    assert path.stat().st_mtime_ns == 10**18
    assert path.read_bytes() == BEFORE


# Which files


def test_folder_is_walked_to_its_depth(run: Run, tmp_path: Path) -> None:
    (tmp_path / "2024" / "05").mkdir(parents=True)
    path = write(tmp_path / "2024" / "05" / "a1.py")

    run(tmp_path)

    assert path.read_bytes() == AFTER


@pytest.mark.parametrize("folder", [".git", ".venv", "__pycache__"])
def test_hidden_folders_are_left(run: Run, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    path = write(tmp_path / folder / "a1.py")
    write(tmp_path / "b2.py")

    run(tmp_path)

    assert path.read_bytes() == BEFORE


def test_path_given_twice_is_done_once(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")

    _, out, _ = run(path, path, tmp_path, os.path.relpath(path))

    assert out.count("rewrote ") == 1
    assert "1 file rewritten." in out


def test_file_and_its_link_are_done_once(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    (tmp_path / "b.py").symlink_to(path)

    _, out, _ = run(tmp_path)

    assert out.count("rewrote ") == 1


def test_same_folder_twice_has_scripts_both_times(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.py")

    assert run(tmp_path, tmp_path)[0] == 0


def test_non_ascii_file_name(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "größe_ändern.py")

    status, out, _ = run(path)

    assert status == 0
    assert f"rewrote {path} " in out
    assert path.read_bytes() == AFTER


@pytest.mark.skipif(os.name == "nt", reason="file names are not bytes there")
def test_file_name_that_is_no_text(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / os.fsdecode(b"caf\xe9.py"))

    status, out, _ = run(path)

    assert status == 0
    assert "caf" in out
    assert path.read_bytes() == AFTER


def test_file_name_with_spaces_and_a_newline(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a b\nc.py")

    assert run(path)[0] == 0
    assert path.read_bytes() == AFTER


# The write


def test_link_stays_a_link(run: Run, tmp_path: Path) -> None:
    target = write(tmp_path / "target.py")
    link = tmp_path / "link.py"
    link.symlink_to("target.py")

    run(link)

    assert link.is_symlink()
    assert target.read_bytes() == AFTER


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_mode_is_kept(run: Run, tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "a.py")
    path.chmod(mode)

    run(path)

    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == AFTER


def test_nothing_else_is_left_in_the_folder(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")

    run(path)

    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_failed_write_leaves_the_file_and_no_temporary_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = write(tmp_path / "a.py")
    monkeypatch.setattr(os, step, fail)

    status, out, err = run(path)

    assert status == 2
    assert f"{path}: SB905 cannot be written: No space left on device" in err
    assert "rewrote" not in out
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == BEFORE


def test_interrupted_write_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    path = write(tmp_path / "a.py")
    monkeypatch.setattr(os, "replace", interrupt)

    with pytest.raises(KeyboardInterrupt):
        sources.write(str(path), AFTER)

    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == BEFORE


# Several files


def test_good_files_are_done_beside_broken_ones(run: Run, tmp_path: Path) -> None:
    good = [write(tmp_path / name) for name in ("a.py", "e.py")]
    write(tmp_path / "b.py", BROKEN)
    write(tmp_path / "c.py", BEFORE + b"# \xff\n")
    write(tmp_path / "d.py", b"<<<<<<< HEAD\n" + BEFORE)

    status, out, err = run(*sorted(tmp_path.iterdir()), tmp_path / "missing.py")

    assert status == 2
    assert [path.read_bytes() for path in good] == [AFTER, AFTER]
    assert [code for code in ("SB901", "SB902", "SB903", "SB904") if code not in err] == []
    assert len(err.splitlines()) == 4
    assert "2 files rewritten, 4 files could not be done." in out


def test_an_interrupt_waits_for_the_end_of_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.py")
    replace = os.replace

    def interrupted(source: str, target: str) -> None:
        signal.raise_signal(signal.SIGINT)
        replace(source, target)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(os, "replace", interrupted)
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            sources.write(str(path), AFTER)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, usual)

    assert path.read_bytes() == AFTER
    assert list(tmp_path.iterdir()) == [path]


def test_a_thread_can_write(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    thread = threading.Thread(target=sources.write, args=(str(path), AFTER))
    thread.start()
    thread.join()

    assert path.read_bytes() == AFTER
