"""The guards that keep the promises: where each is in the code, how it is taken out, and the test that fails then.

A guard that stands here is proven by `make faults`, which takes it out of a copy of the code and runs its test. To add
one, add a line: ``old`` is in the file once, and ``new`` is the code without the guard.
"""

from typing import NamedTuple


class Guard(NamedTuple):
    """``test`` is a test's id, with ``[...]`` for one of its cases."""

    keeps: str
    file: str
    old: str
    new: str
    test: str


PRIVATE_FILE, FILE_GUARD, CHECKS = (
    "agor_core/config/private_file.py",
    "agor_core/db/file_guard.py",
    "test_home_checks.py",
)

CHECKS_OF_FILES = "tests/daemon/supervisor/checks/test_checks.py"

GUARDS = (
    # Checks
    Guard(
        "a keeper adopts what a check leaves behind, so that it ends with it",
        "agor_daemon/supervisor/checks/command.py",
        "            preexec_fn=processes.become_subreaper if processes.CAN_ADOPT else None,\n",
        "",
        f"{CHECKS_OF_FILES}::test_what_a_check_leaves_behind_ends_with_it",
    ),
    Guard(
        "what calls from below a check is the session's agent",
        "agor_daemon/supervisor/checks/job.py",
        "            programs.journal.note(root.pid, root.started, session_id)  # what calls",
        "            pass  # what calls",
        f"{CHECKS_OF_FILES}::test_a_stop_a_limit_and_a_purge",
    ),
    Guard(
        "a repository's own check runs once a person has allowed it",
        "agor_daemon/supervisor/checks/targets.py",
        "    if consent != found.hash:",
        "    if False:",
        f"{CHECKS_OF_FILES}::test_checks_after_tasks_and_their_consent",
    ),
    # Power
    Guard(
        "a small file is synced before it is renamed",
        PRIVATE_FILE,
        "            os.fsync(descriptor)\n        unfinished",
        "        unfinished",
        "tests/core/test_private_file.py::test_the_content_is_synced_before_the_rename_and_the_folder_after_it",
    ),
    Guard(
        "the folder of a small file is synced after the rename",
        PRIVATE_FILE,
        "    sync_folder(file.parent)\n",
        "",
        "tests/core/test_private_file.py::test_the_content_is_synced_before_the_rename_and_the_folder_after_it",
    ),
    Guard(
        "git syncs what is acknowledged afterwards",
        "agor_core/git/durability.py",
        '("core.fsync", "committed,reference,index")',
        '("core.fsync", "none")',
        "tests/faults/test_power_git.py::test_whatever_was_acknowledged_is_whole",
    ),
    Guard(
        "a new worktree's own files are synced",
        "agor_core/git/worktrees.py",
        "        await asyncio.to_thread(sync_worktree, path)\n",
        "",
        "tests/faults/test_power_git.py::test_whatever_was_acknowledged_is_whole",
    ),
    Guard(
        "the git of an agent syncs its commits",
        "agor_daemon/supervisor/agents/programs.py",
        "        environment |= synced_environment(environment)\n",
        "",
        "tests/daemon/supervisor/agents/test_processes.py::test_the_git_of_an_agent_is_told_to_sync",
    ),
    Guard(
        "a worktree with an empty .git file is repaired at the start",
        "agor_daemon/supervisor/supervisor.py",
        "        await repair_worktrees(self._resources.store)\n",
        "",
        "tests/daemon/supervisor/workspaces/test_worktree_repair.py::test_an_empty_pointer_is_written_again_at_the_start",
    ),
    Guard(
        "locks that a killed git left are removed, unless a git works there",
        "agor_core/git/stale_locks.py",
        "    if not locks or git_works_in(worktree):",
        "    if not locks:",
        "tests/daemon/supervisor/workspaces/test_worktree_repair.py::test_locks_are_removed_unless_a_git_works_there[True]",
    ),
    # Landings
    Guard(
        "a target moves only from where the landing was made",
        "agor_core/git/advancing.py",
        'attempt("update-ref", "-m", reason, ref, wanted.new, wanted.old, cwd=wanted.repo)',
        'attempt("update-ref", "-m", reason, ref, wanted.new, cwd=wanted.repo)',
        "tests/daemon/supervisor/landing/test_landings.py::test_a_target_that_moves_meanwhile_stays_where_it_went",
    ),
    Guard(
        "files that git had begun to write in a checkout are brought back",
        "agor_core/git/mending.py",
        "        await _bring_back(users, checkout, old, new, changed[start : start + _AT_ONCE])\n",
        "        pass\n",
        "tests/core/git/test_mending.py::test_files_that_git_had_begun_to_write[4]",
    ),
    Guard(
        "what somebody wrote meanwhile is not taken for git's own writing",
        "agor_core/git/mending.py",
        '    return whole.startswith(content) and (content == whole or kind != "link")',
        "    return True",
        "tests/core/git/test_mending.py::test_what_somebody_wrote_meanwhile_stays",
    ),
    Guard(
        "a lock that is older than the landing stays",
        "agor_core/git/mending.py",
        "            if lock.stat().st_mtime >= since - _COARSEST:\n                lock.unlink()\n",
        "            lock.unlink()\n",
        "tests/core/git/test_mending.py::test_locks_that_are_older_stay",
    ),
    # The whole tree stops
    Guard(
        "an agent adopts what loses its parent below it",
        "agor_daemon/supervisor/agents/process.py",
        "preexec_fn=processes.become_subreaper if processes.CAN_ADOPT else None",
        "preexec_fn=None",
        "tests/daemon/supervisor/agents/test_processes.py::test_a_grandchild_without_a_trace_stays_below_the_agent_and_is_ended",
    ),
    Guard(
        "a stop ends what the turn started",
        "agor_daemon/supervisor/turns/turn.py",
        "                await self._agent.end_started()\n",
        "                pass\n",
        "tests/daemon/supervisor/agents/test_processes.py::test_a_stop_ends_what_was_started_in_the_turn_and_keeps_the_agent_warm",
    ),
    Guard(
        "an agent's processes are found before its input ends",
        "agor_daemon/supervisor/agents/process.py",
        "    seen = await asyncio.to_thread(members)\n    meanwhile()\n",
        "    meanwhile()\n    await asyncio.sleep(0.3)\n    seen = await asyncio.to_thread(members)\n",
        "tests/daemon/supervisor/agents/test_processes.py::test_a_stop_ends_what_was_started_in_the_turn_and_keeps_the_agent_warm",
    ),
    Guard(
        "a stop takes eleven seconds at most",
        "agor_daemon/supervisor/limits.py",
        "    end: float = 3.5\n",
        "    end: float = 10\n",
        "tests/faults/test_whole_tree.py",
    ),
    Guard(
        "a stop of a daemon that hangs says so at once",
        "agor_tui/client/launch.py",
        "    hangs = _hangs(paths)",
        "    hangs = force and _hangs(paths)",
        "tests/tui/client/test_launch.py::test_a_stop_of_one_that_does_not_answer_says_so_in_three_seconds[False]",
    ),
    Guard(
        "a pipe in the place of a file is not waited for",
        PRIVATE_FILE,
        "    if not stat.S_ISREG(mode):\n",
        "    if stat.S_ISDIR(mode):\n",
        "tests/core/test_private_file.py::test_a_pipe_is_neither_read_nor_written",
    ),
    Guard(
        "a lock of another program is not taken for a daemon's",
        "agor_daemon/lockfile.py",
        "if stranger := _stranger(descriptor):",
        "if stranger := None:",
        "tests/daemon/test_life.py::test_a_lock_that_another_program_holds_names_that_program",
    ),
    # The home
    *(
        Guard(
            f"the home's {check} is checked",
            "agor_core/config/home_checks.py",
            f"CHECKS: tuple[Check, ...] = ({', '.join(all_checks)})",
            f"CHECKS: tuple[Check, ...] = ({', '.join(one for one in all_checks if one != check)})",
            test,
        )
        for all_checks in (("link", "owner", "writers", "file_system", "files", "room"),)
        for check, test in (
            ("owner", f"tests/core/{CHECKS}::test_a_home_of_another_user"),
            ("writers", f"tests/core/{CHECKS}::test_a_home_that_others_can_write_to[511-True]"),
            ("file_system", f"tests/core/{CHECKS}::test_a_network_file_system_is_refused"),
            ("files", f"tests/core/{CHECKS}::test_a_pipe_in_the_place_of_a_file[token]"),
            ("room", "tests/faults/test_daemon_full_disk.py::test_a_start_says_so"),
        )
    ),
    Guard(
        "a home whose lock is another one is noticed",
        "agor_daemon/home_watch.py",
        "        if all(_place(file) == place for file, place in self._places.items()):",
        "        if True:",
        "tests/faults/test_home.py::test_nothing_more_is_acknowledged[lock_removed]",
    ),
    Guard(
        "a database that was written over is noticed",
        FILE_GUARD,
        "        if self._content is not None and self._content != _content(self._file):",
        "        if False:",
        "tests/faults/test_home.py::test_nothing_more_is_acknowledged[database_written_over]",
    ),
    Guard(
        "a database that another program wrote is noticed",
        FILE_GUARD,
        "        if self._version is not None and version != self._version:",
        "        if False:",
        "tests/faults/test_home.py::test_nothing_more_is_acknowledged[restored_by_another_program]",
    ),
    Guard(
        "the log of a database is noticed when it is removed",
        FILE_GUARD,
        "        for file, place in self._places.items():",
        "        for file, place in ():",
        "tests/faults/test_home.py::test_nothing_more_is_acknowledged[log_of_the_database_removed]",
    ),
    Guard(
        "a pid file of another daemon is left alone",
        "agor_core/config/pidfile.py",
        "    if info is not None and info.pid == os.getpid():\n",
        "    if True:\n",
        "tests/core/test_pidfile.py::test_the_file_of_another_process_is_not_removed",
    ),
    Guard(
        "seven daily copies are kept",
        "agor_core/db/copies.py",
        "        old.unlink(missing_ok=True)\n",
        "        pass\n",
        "tests/core/db/test_copies.py::test_a_copy_is_due_once_a_day_and_seven_are_kept",
    ),
    Guard(
        "records that nothing changed are compared with the copy before",
        "agor_core/db/copies.py",
        "(faults_of(made, earlier) if earlier is not None else [])",
        "[]",
        "tests/core/db/test_copies.py::test_a_letter_that_changed_by_itself_is_seen_by_the_next_copy",
    ),
    Guard(
        "a damaged copy is not restored",
        "agor_core/db/restore.py",
        "    if faults := integrity_check(sqlite_url(copy)):",
        "    if faults := []:",
        "tests/core/db/test_copies.py::test_a_restore_refuses_what_it_cannot_use_and_leaves_all_as_it_was",
    ),
    Guard(
        "the log of a replaced database does not meet the restored one",
        "agor_core/db/restore.py",
        "            file.with_name(file.name + part).rename(target.with_name(target.name + part))\n",
        "            pass\n",
        "tests/core/db/test_copies.py::test_a_restore_puts_the_old_one_aside_with_its_log_and_renames_the_feed",
    ),
    Guard(
        "what a crash left of a graft is taken back",
        "agor_daemon/supervisor/supervisor.py",
        "        await self.grafting.recover()\n",
        "",
        "tests/faults/test_graft_kill.py::test_the_worktree_is_as_before_or_as_after",
    ),
    Guard(
        "a graft that fails is taken back at once",
        "agor_daemon/supervisor/grafting/grafting.py",
        "            if await asyncio.shield(self._journal.give_back(graft_id)):",
        "            if not graft_id:",
        "tests/daemon/supervisor/grafting/test_grafting.py::test_a_graft_that_fails_half_way_is_taken_back_at_once",
    ),
    Guard(
        "a graft overwrites no file that no checkpoint holds",
        "agor_core/git/grafting.py",
        "            if not restoring.may_go(self.worktree, path, self.here, contents):",
        "            if not path:",
        "tests/core/git/test_grafting.py::test_an_ignored_file_in_the_way_stays",
    ),
    Guard(
        "what an agent left behind that ended by itself is ended",
        "agor_daemon/supervisor/agents/orphans.py",
        "            _signal(child, signal.SIGTERM if looks == TERM_AT else signal.SIGKILL)\n",
        "            pass\n",
        "tests/daemon/supervisor/agents/test_orphans.py::test_what_an_agent_left_behind_is_ended_though_it_is_deaf_and_nothing_of_the_daemons_own[alone]",
    ),
    Guard(
        "a worktree that was moved is not made again beside itself",
        "agor_daemon/supervisor/workspaces/worktree_again.py",
        "            await check_not_moved(repo, tree, branch)\n",
        "",
        "tests/daemon/supervisor/workspaces/test_moving.py::test_a_worktree_that_was_moved_is_not_made_again[False]",
    ),
    Guard(
        "commits that only a submodule's reflog leads to refuse a removal",
        "agor_core/git/submodules.py",
        '"--all", "--reflog", "--not"',
        '"--all", "--not"',
        "tests/core/git/test_submodules.py::test_commits_that_only_a_reflog_of_a_submodule_leads_to_are_named",
    ),
    Guard(
        "a fetch uses no helper program that a repository's address names",
        "agor_core/git/fetching.py",
        'PROTOCOLS = "file:git:http:https:ssh"',
        'PROTOCOLS = "file:git:http:https:ssh:ext"',
        "tests/daemon/supervisor/workspaces/test_beginnings.py::test_it_is_behind_as_far_as_that_was_fetched",
    ),
    Guard(
        "a restoration overwrites no content of Git LFS that is nowhere else",
        "agor_core/git/restoring.py",
        "            content = None if path in made.lacking else ",
        "            content = ",
        "tests/core/git/test_lfs.py::test_a_content_that_is_not_on_this_machine_is_named_and_nothing_is_overwritten",
    ),
)
