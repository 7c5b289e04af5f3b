package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the long text of the subcommand.
func (completionCmd) Help() string {
	return `Examples:

    folkmoot completion bash > /etc/bash_completion.d/folkmoot
    folkmoot completion zsh > "${fpath[1]}/_folkmoot"
    folkmoot completion fish > ~/.config/fish/completions/folkmoot.fish`
}

// Run prints the script.
func (c *completionCmd) Run(a *app) error {
	var commands []command
	for _, n := range a.kong.Model.Children {
		commands = append(commands, commandOf(n))
	}
	script := map[string]func([]command) string{
		"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion,
	}[c.Shell]
	_, err := io.WriteString(a.stdout, script(commands))
	return err
}

// command is a subcommand as a completion script needs it.
type command struct {
	name, help string
	flags      []flag
	// words are the values that its argument can have, when they are few.
	words []string
}

type flag struct {
	name, help string
	words      []string
	// takes reports that a value follows; file that it is a path.
	takes, file bool
}

func commandOf(n *kong.Node) command {
	c := command{name: n.Name, help: n.Help}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			c.flags = append(c.flags, flag{
				name: f.Name, help: f.Help, words: enumOf(f.Value), takes: !f.IsBool(),
				file: f.Tag.Type == "path",
			})
		}
	}
	for _, p := range n.Positional {
		c.words = append(c.words, enumOf(p)...)
	}
	return c
}

func enumOf(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

func bashCompletion(commands []command) string {
	var b strings.Builder
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	b.WriteString("# bash completion for folkmoot\n_folkmoot() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\"\"\n")
	fmt.Fprintf(&b, "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W %q -- \"$cur\"))\n    return\n  fi\n", strings.Join(names, " "))
	b.WriteString("  case \"${COMP_WORDS[1]} $prev\" in\n")
	for _, c := range commands {
		for _, f := range c.flags {
			if len(f.words) > 0 {
				fmt.Fprintf(&b, "    \"%s --%s\") COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", c.name, f.name, strings.Join(f.words, " "))
			}
		}
	}
	b.WriteString("  esac\n  case \"${COMP_WORDS[1]}\" in\n")
	for _, c := range commands {
		words := c.words
		for _, f := range c.flags {
			words = append(words, "--"+f.name)
		}
		fmt.Fprintf(&b, "    %s) words=%q ;;\n", c.name, strings.Join(words, " "))
	}
	b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F _folkmoot folkmoot\n")
	return b.String()
}

func zshCompletion(commands []command) string {
	var b strings.Builder
	b.WriteString("#compdef folkmoot\n_folkmoot() {\n  local -a commands\n  commands=(\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "    %s\n", quoted(c.name+":"+strings.ReplaceAll(c.help, ":", `\:`)))
	}
	b.WriteString("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n  case $words[2] in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "    %s)\n      _arguments", c.name)
		for _, f := range c.flags {
			spec := fmt.Sprintf("--%s[%s]", f.name, strings.NewReplacer("[", "(", "]", ")").Replace(f.help))
			switch {
			case len(f.words) > 0:
				spec += ":value:(" + strings.Join(f.words, " ") + ")"
			case f.file:
				spec += ":file:_files"
			case f.takes:
				spec += ":value:"
			}
			b.WriteString(" \\\n        " + quoted(spec))
		}
		last := "*:file:_files"
		if len(c.words) > 0 {
			last = "*:value:(" + strings.Join(c.words, " ") + ")"
		}
		b.WriteString(" \\\n        " + quoted(last) + "\n      ;;\n")
	}
	b.WriteString("  esac\n}\n_folkmoot \"$@\"\n")
	return b.String()
}

func fishCompletion(commands []command) string {
	var b strings.Builder
	b.WriteString("# fish completion for folkmoot\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c folkmoot -f -n __fish_use_subcommand -a %s -d %s\n", c.name, quoted(c.help))
		seen := fmt.Sprintf("-n '__fish_seen_subcommand_from %s'", c.name)
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c folkmoot %s -l %s -d %s", seen, f.name, quoted(f.help))
			switch {
			case len(f.words) > 0:
				fmt.Fprintf(&b, " -x -a %s", quoted(strings.Join(f.words, " ")))
			case f.takes:
				b.WriteString(" -r")
			}
			b.WriteString("\n")
		}
		if len(c.words) > 0 {
			fmt.Fprintf(&b, "complete -c folkmoot %s -f -a %s\n", seen, quoted(strings.Join(c.words, " ")))
		}
	}
	return b.String()
}

// quoted is s in the single quotes of a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
