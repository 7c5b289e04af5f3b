package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"golang.org/x/term"
)

const (
	// workFactor is the logarithm of scrypt's cost: it takes 64 MiB for a moment,
	// which a small server has to spare. Backups of a higher cost are read up to
	// maxWorkFactor.
	workFactor    = 16
	maxWorkFactor = 18
	// minPassphrase is how many characters a passphrase has at least.
	minPassphrase = 10
)

// passphraseFlag names where a passphrase stands.
type passphraseFlag struct {
	PassphraseFile string `placeholder:"FILE" type:"path" help:"File whose first line is the passphrase; asked for in a terminal when neither this nor a key is given."`
}

// passphrase reads the passphrase, or asks for it; twice when it is a new one.
func (f *passphraseFlag) passphrase(a *app, fresh bool) (string, error) {
	if f.PassphraseFile != "" {
		b, err := os.ReadFile(f.PassphraseFile)
		if err != nil {
			return "", &usageError{text: fmt.Sprintf("the passphrase cannot be read: %v", err)}
		}
		line, _, _ := strings.Cut(string(b), "\n")
		return checkPassphrase(strings.TrimSuffix(line, "\r"), fresh)
	}
	in, ok := a.stdin.(*os.File)
	if !ok || !isTerminal(a.stdin) || !isTerminal(a.stderr) {
		return "", &usageError{text: "a passphrase or a key is needed, and there is no terminal to ask in: see --passphrase-file"}
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(a.stderr, prompt)
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(a.stderr)
		return string(b), err
	}
	first, err := ask("Passphrase of the backup: ")
	if err != nil || !fresh {
		return first, err
	}
	if first, err = checkPassphrase(first, true); err != nil {
		return "", err
	}
	second, err := ask("The same again: ")
	if err == nil && first != second {
		err = &usageError{text: "the two passphrases differ"}
	}
	return first, err
}

func checkPassphrase(s string, fresh bool) (string, error) {
	if fresh && len([]rune(s)) < minPassphrase {
		return "", &usageError{text: fmt.Sprintf("the passphrase has fewer than %d characters; four or more random words are a good one", minPassphrase)}
	}
	return s, nil
}

// sealFlags say to whom a backup is encrypted.
type sealFlags struct {
	passphraseFlag
	Recipient []string `placeholder:"AGE" help:"Encrypt to this age recipient (age1...) instead of a passphrase; may be repeated."`
}

func (f *sealFlags) recipients(a *app) ([]age.Recipient, error) {
	if len(f.Recipient) > 0 && f.PassphraseFile != "" {
		return nil, &usageError{text: "encrypt to a passphrase or to recipients, not to both"}
	}
	if len(f.Recipient) > 0 {
		out, err := age.ParseRecipients(strings.NewReader(strings.Join(f.Recipient, "\n")))
		if err != nil {
			return nil, &usageError{text: fmt.Sprintf("--recipient: %v; \"age-keygen\" prints one that begins with age1", err)}
		}
		return out, nil
	}
	pass, err := f.passphrase(a, true)
	if err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(workFactor)
	return []age.Recipient{r}, nil
}

// openFlags say with what a backup is decrypted.
type openFlags struct {
	passphraseFlag
	Identity string `placeholder:"FILE" type:"path" help:"File with the age key (AGE-SECRET-KEY-...) of a backup that was encrypted to a recipient."`
}

// open returns the decrypted bytes of a backup.
func (f *openFlags) open(a *app, sealed io.Reader) (io.Reader, error) {
	identities, err := f.identities(a)
	if err != nil {
		return nil, err
	}
	clear, err := age.Decrypt(bufio.NewReaderSize(sealed, 1<<20), identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, errors.New("the passphrase or key is not the one of this backup")
	}
	if err != nil {
		return nil, fmt.Errorf("the file is no backup, or is damaged at its beginning: %w", errors.Join(errDoesNotHold, err))
	}
	return clear, nil
}

func (f *openFlags) identities(a *app) ([]age.Identity, error) {
	if f.Identity != "" {
		file, err := os.Open(f.Identity)
		if err != nil {
			return nil, &usageError{text: fmt.Sprintf("--identity: %v", err)}
		}
		out, err := age.ParseIdentities(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, &usageError{text: fmt.Sprintf("--identity: %v", err)}
		}
		return out, nil
	}
	pass, err := f.passphrase(a, false)
	if err != nil {
		return nil, err
	}
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, &usageError{text: fmt.Sprintf("the passphrase: %v", err)}
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	return []age.Identity{id}, nil
}
