"""What zsh offers: types each line of a JSON list into an interactive zsh and prints what the line became, or what is listed, as JSON."""
import json
import os
import pty
import select
import sys

script, lines = sys.argv[1], json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.environ.update(TERM="dumb", COLUMNS="200", PS1="")
    os.execvp("zsh", ["zsh", "-f", "-i"])


def until(mark):
    """Everything up to the mark, which the shell prints when it is done."""
    seen = ""
    while mark not in seen:
        ready, _, _ = select.select([terminal], [], [], 20)
        if not ready:
            sys.exit(f"zsh says no {mark}: {seen}")
        seen += os.read(terminal, 65536).decode(errors="replace")
    return seen


def told(line):
    # ^X calls the widget that completes and then prints what the line has become.
    os.write(terminal, line.encode() + b"\x18")
    return until("<<END>>").split("<<BUFFER>>")[-1].split("<<END>>")[0]


setup = f"""unsetopt prompt_cr zle_bracketed_paste 2>/dev/null; PS1=; autoload -Uz compinit; compinit -u -D; . {script}
ask() {{ compadd() {{ local -a found; builtin compadd -O found "$@"; offered+=("${{found[@]}}"); builtin compadd "$@" }}
  offered=(); zle list-choices; print -rn -- "<<BUFFER>>${{(j: :)offered}}<<END>>"; BUFFER=; unfunction compadd }}
typeset -ga offered; zle -N ask; bindkey '^X' ask; echo REA''DY
"""
os.write(terminal, setup.encode())
until("READY")
# A word that two rules offer counts once.
json.dump([list(dict.fromkeys(told(line).split())) for line in lines], sys.stdout)
os.write(terminal, b"exit\n")
