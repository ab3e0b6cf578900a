"""Makes the packages folder of a project from nothing, by the recipe that an earlier sync of the same lock left (docs/run.md).

Started by tspm.sh with the words `repeat.py RECIPE ROOT FRONT WORDS...` once the shell knows that the recipe is the one for this sync.
Whatever stands in the way undoes everything and becomes FRONT with the same words, which then asks Node. For Python 3.6 and later, and with
nothing but modules of the interpreter itself: loading others takes longer than the work.
"""
import _signal
import posix
import sys
import time

# Links from which on further processes make them faster.
MANY = 1500
MOST_PROCESSES = 4
# Seconds after which the lock is written to, and a log hears of the work.
HEARTBEAT = 5
LONGEST_SILENCE = 30
# Seconds that removing goes on after a signal: with it the process has its second.
GRACE = 0.35
# Seconds between two looks at a helper that has not finished.
PAUSE = 0.002
NEW = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL
SIGNALS = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)


class Doubt(Exception):
    """Something is not as it was; Node will know."""


class Signals:
    """The first one is answered between two steps, a second one at once."""

    came = 0
    heard = ()

    @classmethod
    def listen(cls):
        cls.heard = [number for number in SIGNALS if _signal.getsignal(number) != _signal.SIG_IGN]
        for number in cls.heard:
            _signal.signal(number, cls.note)

    @classmethod
    def leave(cls):
        """From now on they end the process."""
        for number in cls.heard:
            _signal.signal(number, _signal.SIG_DFL)

    @classmethod
    def note(cls, number, _frame):
        if cls.came:
            posix._exit(128 + number)
        cls.came = number


def read(path):
    file = posix.open(path, posix.O_RDONLY)
    try:
        parts = []
        while True:
            part = posix.read(file, 1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)
    finally:
        posix.close(file)


def write(path, content, durably=False):
    file = posix.open(path, NEW, 0o666)
    try:
        while content:
            content = content[posix.write(file, content) :]
        if durably:
            posix.fsync(file)
    finally:
        posix.close(file)


def exists(path):
    try:
        posix.lstat(path)
        return True
    except OSError:
        return False


def remove(path, end=float("inf")):
    """Removes a file or a folder with all in it; what cannot be removed, or not before `end` of the clock, stays."""
    try:
        posix.unlink(path)
    except OSError:
        try:
            for name in posix.listdir(path):
                if time.monotonic() > end:
                    return
                remove(path + b"/" + name, end)
        except OSError:
            return
        remove_folder(path)


def remove_folder(path):
    """Removes a folder that is empty."""
    try:
        posix.rmdir(path)
    except OSError:
        pass


class Recipe:
    """The facts of src/installer/recipe.ts: lines of fields, then the contents that these tell the lengths of."""

    def __init__(self, path):
        # The shell cannot see who else may write there. A link is open to all.
        folder = posix.lstat(path[: path.rindex(b"/")])
        if folder.st_uid != posix.geteuid() or folder.st_mode & 0o022:
            raise Doubt("the recipe may be somebody else's")
        head, _, self.content = read(path).partition(b"\n\n")
        self.at = 0
        self.facts, self.steps = {}, []
        for line in head.split(b"\n"):
            fields = line.split(b"\0")
            if fields[0] == b"fact":
                self.facts[fields[1]] = fields[2:]
            else:
                self.steps.append(fields)

    def take(self, length):
        """The next content."""
        self.at += int(length)
        return self.content[self.at - int(length) : self.at]


class Lock:
    """The lock of the packages folder, as src/util/file-lock.ts takes it; never waited for."""

    def __init__(self, path, boot):
        stat = read(b"/proc/self/stat")
        started = stat[stat.rindex(b")") + 2 :].split(b" ")[19]
        host = posix.uname().nodename.encode()
        if b'"' in host or b"\\" in host:
            raise Doubt("an unusual name of the machine")
        self.path = path
        nonce = posix.urandom(12).hex().encode()
        self.text = b'{"host":"%s","boot":"%s","pidSpace":"%s","pid":%d,"started":"%s","nonce":"%s"}\n' % (
            host,
            boot,
            posix.readlink(b"/proc/self/ns/pid"),
            posix.getpid(),
            started,
            nonce,
        )
        self.candidate = path + b"." + nonce
        try:
            write(self.candidate, self.text)
            # Whoever takes the lock over has a file of its own.
            self.file = posix.open(self.candidate, posix.O_WRONLY)
            posix.link(self.candidate, path)
        finally:
            remove(self.candidate)

    def beat(self):
        posix.pwrite(self.file, self.text, 0)

    def is_held(self):
        try:
            return read(self.path) == self.text
        except OSError:
            return False

    def release(self):
        # Should that have failed before.
        remove(self.candidate)
        if self.is_held():
            remove(self.path)


class Repetition:
    """One packages folder on its way."""

    def __init__(self, recipe, root):
        self.recipe = recipe
        self.root = root
        self.home = root + b"/__pypackages__"
        self.base = self.home + b"/" + recipe.facts[b"ident"][0]
        self.control = self.base + b"/.tspm"
        self.staging = self.control + b"/staging"
        self.id = posix.urandom(8).hex().encode()
        self.change = self.staging + b"/" + self.id
        self.boot = read(b"/proc/sys/kernel/random/boot_id").strip()
        self.cwd = posix.open(b".", posix.O_PATH)
        self.made = []
        self.lock = None
        self.helpers = []
        self.beaten = self.spoken = time.monotonic()

    def prepare(self):
        """Everything up to the decision. Where it throws, `undo` is to be called."""
        if [part.encode() for part in posix.uname()[2:]] != self.recipe.facts[b"kernel"]:
            raise Doubt("another kernel, which markers tell apart")
        self.check_entries()
        self.make_base()
        self.register(b"true")
        self.stage()
        self.check()
        if not self.lock.is_held():
            raise Doubt("the lock was taken over")
        posix.rename(b"../state.json", self.control + b"/state.json")

    def check_entries(self):
        """In entries that can be written to Python keeps byte code; others are linked differently. One that was made anew has a new manifest."""
        for _, writable, manifest, tree in (step for step in self.recipe.steps if step[0] == b"entry"):
            if not posix.access(tree, posix.R_OK | posix.X_OK) or posix.access(tree, posix.W_OK) != (writable == b"yes"):
                raise Doubt("an entry of the cache is not what it was")
            found = posix.stat(tree[: -len(b"tree")] + b"manifest.json")
            if b"%d %d" % (found.st_size, found.st_mtime_ns) != manifest:
                raise Doubt("an entry of the cache was made anew")
            try:
                # Pruning goes by it.
                posix.utime(tree[: -len(b"/tree")])
            except OSError:
                pass

    def make_base(self):
        if not exists(self.home):
            posix.mkdir(self.home)
        staged = self.home + b"/.gitignore.tspm-new"
        if all(self.home + b"/" + name == staged for name in posix.listdir(self.home)):
            remove(staged)
            write(staged, b"*\n!.gitignore\n")
            posix.rename(staged, self.home + b"/.gitignore")
        for folder in (self.base, self.control):
            posix.mkdir(folder)
            self.made.append(folder)
        self.lock = Lock(self.control + b"/lock", self.boot)

    def register(self, linked):
        """As registerProject in src/cache/projects.ts: a cache that cannot be written to is left alone."""
        cache, known_base, known_name = self.recipe.facts[b"cache"]
        name = known_name if self.base == known_base else sha256_of(self.base) + b".json"
        staging = cache + b"/staging-v1"
        temporary = staging + b"/" + posix.urandom(16).hex().encode() + b".tmp"
        wheels = b",".join(b'"' + wheel + b'"' for wheel in self.recipe.facts[b"wheels"])
        try:
            write(temporary, b'{"base":"%s","linked":%s,"wheels":[%s]}\n' % (self.base, linked, wheels))
            rights = posix.stat(staging).st_mode
            if rights & 0o020:
                posix.chmod(temporary, 0o600 | rights & 0o066)
            posix.rename(temporary, cache + b"/projects-v1/" + name)
        except FileNotFoundError:
            remove(temporary)
            # Node makes the folders.
            raise
        except OSError:
            remove(temporary)

    def stage(self):
        fresh = self.change + b"/0.new"
        for folder in (self.staging, self.change, fresh):
            posix.mkdir(folder)
        posix.chdir(fresh)
        links = []
        for step in self.recipe.steps:
            self.check()
            if step[0] == b"folder":
                posix.mkdir(step[1])
            elif step[0] == b"file":
                self.make_file(step)
            elif step[0] == b"copy":
                write(step[2], read(step[1]))
                posix.chmod(step[2], int(step[3], 8))
            elif step[0] != b"entry":
                links.append(step)
        self.make_links(links)
        self.stage_journal()

    def stage_journal(self):
        """As in src/installer/journal.ts: the change is decided as soon as the state has its name, and whoever comes next can finish it."""
        known_boot, known_digest = self.recipe.facts[b"state"]
        digest = known_digest if self.boot == known_boot else sha256_of(read(b"../state.json"))
        decision = b'{"path":".tspm/state.json","sha256":"%s"}' % digest
        steps = b'[{"title":"install","discard":[]}]'
        text = b'{"format":1,"id":"%s","steps":%s,"thinned":[],"decidedBy":[%s]}\n' % (self.id, steps, decision)
        write(b"../journal.json", text)

    def make_file(self, step):
        _, path, mode, seconds, has_gaps, length = step
        content = self.recipe.take(int(length))
        if has_gaps == b"gaps":
            content = content.replace(b"@BOOT@", self.boot, 1).replace(b"@ROOT@", self.root, 1)
        # Of tspm's own files a part must not be taken for all after a power cut. The stamp of sync does not outlive the start of the machine.
        write(path, content, durably=has_gaps == b"gaps" and path != b"../sync")
        if mode:
            posix.chmod(path, int(mode, 8))
        if seconds:
            posix.utime(path, ns=(int(seconds) * 10 ** 9,) * 2)

    def make_links(self, steps):
        count = 1
        if sum(len(step) - 3 for step in steps) >= MANY and b"parallel" in self.recipe.facts:
            count = min(len(posix.sched_getaffinity(0)), MOST_PROCESSES)
        try:
            for index in range(1, count):
                self.start_helper(steps[index::count])
            for step in steps[0::count]:
                self.check()
                make_links(step)
            while self.helpers:
                self.check()
                helper, status = posix.waitpid(self.helpers[-1], posix.WNOHANG)
                if helper == 0:
                    time.sleep(PAUSE)
                    continue
                self.helpers.pop()
                if status != 0:
                    raise Doubt("a part of the work failed")
        finally:
            self.stop_helpers()

    def stop_helpers(self):
        while self.helpers:
            posix.kill(self.helpers[-1], _signal.SIGKILL)
            posix.waitpid(self.helpers.pop(), 0)

    def start_helper(self, steps):
        parent = posix.getpid()
        helper = posix.fork()
        if helper:
            self.helpers.append(helper)
            return
        status = 1
        try:
            Signals.leave()
            for step in steps:
                # Nobody may write into what the next command clears away.
                if posix.getppid() != parent:
                    break
                make_links(step)
            else:
                status = 0
        finally:
            posix._exit(status)

    def check(self):
        """Between two steps: whether to go on; and others learn that this process lives."""
        if Signals.came:
            raise Doubt("a signal came")
        now = time.monotonic()
        if now - self.beaten > HEARTBEAT:
            self.beaten = now
            self.lock.beat()
        if now - self.spoken > LONGEST_SILENCE:
            self.spoken = now
            posix.write(2, b"STATUS: Installing packages...\n")

    def bring(self):
        """The one rename of lib, at the end, brings all distributions: complete, and known."""
        for name in posix.listdir(b"."):
            if name != b"lib":
                posix.rename(name, self.base + b"/" + name)
        posix.rename(b"lib", self.base + b"/lib")

    def stamp(self):
        """What the next command does as well, should it fail."""
        real = posix.stat(self.recipe.facts[b"real"][0])
        for name in (b"run", b"sync"):
            stamp = b"../" + name
            if exists(stamp):
                posix.utime(stamp, ns=(real.st_atime_ns, real.st_mtime_ns))
                posix.rename(stamp, self.control + stamp[2:])
        if b"linked" not in self.recipe.facts:
            self.register(b"false")

    def clear(self):
        """Whoever took the lock over has things of its own beside those of this change. What a signal leaves no time for is the next command's."""
        remove(self.change, time.monotonic() + GRACE if Signals.came else float("inf"))
        if self.lock.is_held():
            remove_folder(self.staging)
        self.lock.release()

    def undo(self):
        """Takes away what was made, and nothing of anybody else's: folders go when they are empty."""
        if self.lock is not None:
            self.clear()
        for folder in reversed(self.made):
            remove_folder(folder)


def make_links(step):
    """Links of one folder: the kind, the beginnings of both paths, the names."""
    make = posix.symlink if step[0] == b"symlink" else posix.link
    source, target = step[1:3]
    for name in step[3:]:
        if make is posix.symlink:
            posix.stat(source + name)
        make(source + name, target + name)


def sha256_of(content):
    try:
        sha256 = __import__("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256
    except ImportError:
        from hashlib import sha256
    return sha256(content).hexdigest().encode()


def say(descriptor, text):
    """What nobody reads is dropped."""
    try:
        while text:
            text = text[posix.write(descriptor, text) :]
    except BrokenPipeError:
        pass


def is_usual(root):
    """Node makes no stamps in some places, and does not find its way in others."""
    try:
        root.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(byte < 32 or byte in b'"\\:' for byte in root)


def inherited_variables():
    """Python itself sets LC_CTYPE where there is no locale."""
    try:
        entries = [entry.partition(b"=") for entry in read(b"/proc/self/environ").split(b"\0") if b"=" in entry]
    except OSError:
        return dict(posix.environ)
    return {name: value for name, _, value in entries}


def ask_node(front, words):
    Signals.leave()
    if Signals.came:
        return 128 + Signals.came
    # Python ignores these two, and whoever it becomes would, too.
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    variables = inherited_variables()
    variables[b"TSPM_NO_RECIPE"] = b"1"
    try:
        posix.execve(front, [front, *words], variables)
    except OSError as error:
        say(2, b"error: cannot start %s: %s [TSPM_IO]\n" % (front, posix.strerror(error.errno).encode()))
        return 1


def main(recipe_path, root, front, *words):
    started = time.monotonic()
    repetition = None
    if not is_usual(root):
        return ask_node(front, words)
    try:
        recipe = Recipe(recipe_path)
        repetition = Repetition(recipe, root)
        repetition.prepare()
    except Exception:
        if repetition is not None:
            repetition.undo()
            posix.fchdir(repetition.cwd)
        if Signals.came:
            say(2, b"error: interrupted; nothing was changed [TSPM_INTERRUPTED]\n")
        else:
            # Node leaves another one.
            remove(recipe_path[: -len(b"recipe")] + b"proof")
        return ask_node(front, words)
    try:
        repetition.bring()
    except OSError:
        # Node goes on from there.
        repetition.lock.release()
        posix.fchdir(repetition.cwd)
        return ask_node(front, words)
    try:
        repetition.stamp()
    except OSError:
        pass
    repetition.clear()
    seconds = int(time.monotonic() - started)
    elapsed = b"%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    try:
        say(2, recipe.take(int(recipe.facts[b"errors"][0])))
        say(1, recipe.take(int(recipe.facts[b"output"][0])).replace(b"@ELAPSED@", elapsed))
    except OSError:
        posix.fchdir(repetition.cwd)
        return ask_node(front, words)
    return 128 + Signals.came if Signals.came else 0


Signals.listen()
posix._exit(main(*(word.encode(sys.getfilesystemencoding(), "surrogateescape") for word in sys.argv[2:])))
