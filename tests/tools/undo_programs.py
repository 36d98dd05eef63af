"""What an agent may run in a workspace: random lines of shell over a few names, git's commands among them."""

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c", "d", "d/x", "d/y", "e", "e/f", "e/f/g", "ü ö", "-n", "src/main.py", "é\\n"])
TEXTS = st.sampled_from(["", "one", "two two", "three" * 40])
MODES = st.sampled_from(["600", "644", "755", "444", "000", "u+x"])

START = """
git init -q && mkdir -p d e/f src empty && echo a > a && echo x > d/x && echo g > e/f/g && ln -s a l && ln a hard
printf 'print(1)\\n' > src/main.py && chmod 755 src/main.py && git add -A && git commit -qm one && echo more > b
"""


def quoted(name: str) -> str:
    return "'./" + name.replace("'", "'\\''") + "'"


COMMANDS = st.one_of(
    st.builds(lambda n, t: f"printf %s '{t}' > {quoted(n)}", NAMES, TEXTS),
    st.builds(lambda n, t: f"printf %s '{t}' >> {quoted(n)}", NAMES, TEXTS),
    st.builds(lambda n, t: f"mkdir -p \"$(dirname {quoted(n)})\"; printf %s '{t}' > {quoted(n)}", NAMES, TEXTS),
    st.builds(lambda n: f"rm -rf {quoted(n)}", NAMES),
    st.builds(lambda n: f"rm -rf {quoted(n)}; mkdir -p {quoted(n)}", NAMES),
    st.builds(lambda n, m: f"mv {quoted(n)} {quoted(m)}", NAMES, NAMES),
    st.builds(lambda n, m: f"cp -a {quoted(n)} {quoted(m)}", NAMES, NAMES),
    st.builds(lambda n, m: f"ln -s {quoted(n)} {quoted(m)}", NAMES, NAMES),
    st.builds(lambda n, m: f"ln {quoted(n)} {quoted(m)}", NAMES, NAMES),
    st.builds(lambda n: f"sed -i s/o/0/ {quoted(n)}", NAMES),
    st.builds(lambda m, n: f"chmod -R {m} {quoted(n)}", MODES, NAMES),
    st.builds(lambda n: f"touch -d '2001-02-03' {quoted(n)}", NAMES),
    st.builds(lambda n: f"truncate -s 3 {quoted(n)}", NAMES),
    st.sampled_from(
        [
            "git add -A; git commit -qm two",
            "git checkout -qb other",
            "git checkout -q -- .",
            "git stash -q",
            "git gc -q",
            "git mv a moved",
            "git rm -rqf e",
            "rm -rf .git",
            "git clean -fdqx",
            "tar cf t.tar d e; rm -rf d e; tar xf t.tar",
            "mv d d2; mv e d",
        ]
    ),
)
