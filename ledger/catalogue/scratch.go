package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Marks around the words that were found; no text that is shown has them.
const (
	markOpen  = "\x01"
	markClose = "\x02"
)

// Limits of a search's text.
const (
	maxText  = 1000
	maxWords = 16
)

// Span is a piece of text that was found, or that stands beside it.
type Span struct {
	Text string `json:"text"`
	// Match is whether it is one of the words that were asked for.
	Match bool `json:"match,omitempty"`
}

// scratch is a small database in memory that splits text into words and finds
// them in text, with the tokenizers of the index itself: whatever they take for
// a word, here it is the same.
type scratch struct {
	mu   sync.Mutex
	db   *sql.DB
	conn *sql.Conn
}

const scratchSchema = `
CREATE VIRTUAL TABLE asked USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE terms USING fts5vocab (asked, instance);
CREATE VIRTUAL TABLE shown USING fts5 (title, text, tokenize = 'porter unicode61 remove_diacritics 2');`

func newScratch() (*scratch, error) {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file::memory:?_pragma=cache_size(-256)&_pragma=temp_store(memory)")
	if err != nil {
		return nil, fmt.Errorf("open the scratch tables: %w", err)
	}
	s := &scratch{db: db}
	if s.conn, err = db.Conn(ctx); err == nil {
		_, err = s.conn.ExecContext(ctx, scratchSchema)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the scratch tables: %w", err), s.close())
	}
	return s, nil
}

func (s *scratch) close() error {
	var err error
	if s.conn != nil {
		err = s.conn.Close()
	}
	return errors.Join(err, s.db.Close())
}

// words splits what a person typed into the words that it looks for, each once,
// at most maxWords. None of them has a meaning to SQLite but its own.
func (s *scratch) words(ctx context.Context, text string) (out []string, err error) {
	text = strings.ReplaceAll(strings.ToValidUTF8(text[:min(len(text), maxText)], " "), "\x00", " ")
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.conn.ExecContext(ctx, "INSERT OR REPLACE INTO asked (rowid, text) VALUES (1, ?)", text); err != nil {
		return nil, fmt.Errorf("split the text into words: %w", err)
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT term FROM (SELECT term, min(offset) AS first FROM terms GROUP BY term) ORDER BY first LIMIT ?", maxWords)
	if err != nil {
		return nil, fmt.Errorf("split the text into words: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			return nil, fmt.Errorf("split the text into words: %w", err)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// mark finds words in the titles of hits and in their texts.
func (s *scratch) mark(ctx context.Context, words []string, hits []Hit, texts []string) (err error) {
	if len(words) == 0 || len(hits) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if _, e := s.conn.ExecContext(context.WithoutCancel(ctx), "DELETE FROM shown"); e != nil && err == nil {
			err = fmt.Errorf("clear the scratch tables: %w", e)
		}
	}()
	for i, h := range hits {
		if _, err := s.conn.ExecContext(ctx, "INSERT INTO shown (rowid, title, text) VALUES (?,?,?)", i, h.Title, texts[i]); err != nil {
			return fmt.Errorf("mark words: %w", err)
		}
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT rowid, highlight(shown, 0, ?, ?), snippet(shown, 1, ?, ?, '…', 40)
		FROM shown WHERE shown MATCH ?`, markOpen, markClose, markOpen, markClose, join(words, " OR "))
	if err != nil {
		return fmt.Errorf("mark words: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	for rows.Next() {
		var i int
		var title, text string
		if err := rows.Scan(&i, &title, &text); err != nil {
			return fmt.Errorf("mark words: %w", err)
		}
		hits[i].TitleSpans = spans(title)
		if strings.Contains(text, markOpen) {
			hits[i].Snippet = spans(text)
		}
	}
	return rows.Err()
}

// join makes a full-text expression of words.
func join(words []string, operator string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
	}
	return strings.Join(quoted, operator)
}

// spans takes marked text apart.
func spans(s string) []Span {
	var out []Span
	for s != "" {
		match := strings.HasPrefix(s, markOpen)
		s = strings.TrimPrefix(s, markOpen)
		end := markOpen
		if match {
			end = markClose
		}
		text, rest, found := strings.Cut(s, end)
		if found && !match {
			rest = markOpen + rest
		}
		if text != "" {
			out = append(out, Span{Text: text, Match: match})
		}
		s = rest
	}
	return out
}
