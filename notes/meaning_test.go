package notes

import (
	"testing"
	"unicode/utf8"
)

func TestMeaning(t *testing.T) {
	nothing := []string{
		"", "d000123", "doc_42", "page-17", "note1", "Note 1", "IMG_2034", "img-0001", "DSC01234", "file(3)", "file (3)", "Document (2)", "New note", "New Note 7",
		"New Text Document", "Neues Dokument", "Neue Notiz 3", "Untitled", "untitled", "Untitled 3", "Untitled-3", "untitled3", "Unbenannt", "Unbenannt 2",
		"Sans titre", "Sin título 2", "Без названия", "無題", "未命名 1", "제목 없음", "Untitled copy 2", "Untitled - Copy (2)", "Copy of Untitled",
		"Untitled document", "1", "42", "0007", "404", "12-3", "20240305143000", "202403051430", "1700000000", "1700000000000",
		"f47ac10b-58cc-4372-a567-0e02b2c3d479", "F47AC10B-58CC-4372-A567-0E02B2C3D479", "{f47ac10b-58cc-4372-a567-0e02b2c3d479}", "f47ac10b58cc4372a5670e02b2c3d479",
		"d41d8cd98f00b204e9800998ecf8427e", "7e4ac07", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", "dQw4w9WgXcQ", "507f1f77bcf86cd799439011",
		"cjld2cjxh0000qzrmn831i7rn", "1a2b3c4", "x123456", "page_f47ac10b-58cc-4372-a567-0e02b2c3d479", "doc-d41d8cd98f00b204e9800998ecf8427e",
	}
	for _, name := range nothing {
		if got := Meaning(name); got != "" {
			t.Errorf("Meaning(%q) = %q, want nothing", name, got)
		}
	}
	same := []string{
		"README", "utf8", "sha256", "go1.22", "x86-64", "B12", "IPv6", "covid19", "q3-report", "2024-roadmap", "404-errors", "iso8601", "ISO-8601", "mp3", "h264",
		"k8s", "log4j2", "oauth2", "RFC9110", "rfc-9110", "PEP-0008", "adr-0012", "ed25519", "cafe2024", "decade", "deadbeef", "facade", "3d-printing", "100 days",
		"01-introduction", "1. Getting started", "v1.2.3", "1.22.4", "192.168.0.1", "i18n", "B-52", "C", "note", "document", "page", "copy", "Notes on tides",
		"New York", "new-features", "Section 3", "Chapter 12", "week 3", "2024", "1984", "日本語", "日本語 3", "getUserID", "iPhone12", "March 5th, 2024", "5 March 2024",
		"Document store", "file-formats", "Page object model", "image processing", "2FA", "4x4", "café", "🎉", "CVE-2024-12345", "internationalization", "arm64", "riscv64gc",
	}
	for _, name := range same {
		if got := Meaning(name); got != name {
			t.Errorf("Meaning(%q) = %q, want the same", name, got)
		}
	}
	for name, want := range map[string]string{
		"2024-03-05": "5 March 2024", "2024_03_05": "5 March 2024", "20240305": "5 March 2024", "05.03.2024": "5 March 2024", "2024.03.05": "5 March 2024",
		"2024-03-05 Standup": "5 March 2024 Standup", "2024-03-05-standup": "5 March 2024 standup", "Standup 2024-03-05": "Standup 5 March 2024",
		"standup-2024-03-05": "standup 5 March 2024", "Meeting (2024-03-05)": "Meeting (5 March 2024)", "2024-03": "March 2024", "2024-W10": "week 10 of 2024",
		"2024-03-05T14:30:00": "5 March 2024", "2024-03-05 14.30.12": "5 March 2024", "Screenshot 2024-03-05 at 14.30.12": "5 March 2024",
		"IMG-20240305-WA0001": "5 March 2024", "IMG_20240305_143000": "5 March 2024", "2024年3月5日": "5 March 2024",
		"202403051430 My idea": "My idea", "202403051430-my-idea": "my-idea", "My idea 202403051430": "My idea", "20240305143000_My idea": "My idea",
		"My page f47ac10b58cc4372a5670e02b2c3d479": "My page", "f47ac10b-58cc-4372-a567-0e02b2c3d479 My page": "My page",
		"My page f47ac10b-58cc-4372-a567-0e02b2c3d479": "My page", "1700000000-my-post": "my-post",
		"2024-13-45": "", "2024-02-30 plan": "2024-02-30 plan",
	} {
		if got := Meaning(name); got != want {
			t.Errorf("Meaning(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzMeaning holds that a name is never broken, nor grows by more than its days do in words.
func FuzzMeaning(f *testing.F) {
	for _, s := range []string{"d000123", "202403051430 My idea", "2024-03-05-standup", "Untitled - Copy (2)", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "2024-W10", "無題 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		said := Meaning(name)
		if utf8.ValidString(name) && !utf8.ValidString(said) {
			t.Fatalf("Meaning(%q) = %q", name, said)
		}
		if len(said) > 3*len(name)+len("17 September 2024") {
			t.Fatalf("Meaning(%q) is %d bytes", name, len(said))
		}
	})
}
