package notes

import "testing"

// foreignNotes say about the same in many languages.
var foreignNotes = map[string]string{
	"German":     "Der Hafen schließt bei Sturm. Wir haben am Montag beschlossen, dass die Boote dann in der Werft bleiben, bis der Wind nachlässt.",
	"French":     "Le port ferme pendant la tempête. Lundi, nous avons décidé que les bateaux restent alors au chantier jusqu'à ce que le vent tombe.",
	"Spanish":    "El puerto cierra cuando hay tormenta. El lunes decidimos que los barcos se quedan en el astillero hasta que baje el viento.",
	"Italian":    "Il porto chiude quando c'è tempesta. Lunedì abbiamo deciso che le barche restano nel cantiere finché il vento non cala.",
	"Portuguese": "O porto fecha durante a tempestade. Na segunda-feira decidimos que os barcos ficam no estaleiro até o vento diminuir.",
	"Dutch":      "De haven gaat dicht als het stormt. Wij hebben maandag besloten dat de boten dan op de werf blijven tot de wind gaat liggen.",
	"Swedish":    "Hamnen stänger vid storm. På måndagen bestämde vi att båtarna då stannar på varvet tills vinden lägger sig.",
	"Danish":     "Havnen lukker når det stormer. Vi besluttede i mandags at bådene så bliver på værftet indtil vinden lægger sig.",
	"Polish":     "Port jest zamykany podczas sztormu. W poniedziałek postanowiliśmy, że łodzie zostają wtedy w stoczni, aż wiatr ucichnie.",
	"Czech":      "Přístav se při bouři zavírá. V pondělí jsme rozhodli, že lodě zůstanou v loděnici, dokud vítr neustane.",
	"Hungarian":  "A kikötő viharban bezár. Hétfőn úgy döntöttünk, hogy a hajók a műhelyben maradnak, amíg a szél el nem áll.",
	"Romanian":   "Portul se închide pe timp de furtună. Luni am hotărât că bărcile rămân în șantier până când se potolește vântul.",
	"Turkish":    "Liman fırtınada kapanır. Pazartesi günü teknelerin rüzgâr dinene kadar tersanede kalmasına karar verdik.",
	"Finnish":    "Satama suljetaan myrskyn ajaksi. Päätimme maanantaina että veneet jäävät silloin telakalle kunnes tuuli tyyntyy.",
	"Vietnamese": "Cảng đóng cửa khi có bão. Hôm thứ hai chúng tôi đã quyết định rằng thuyền ở lại xưởng cho đến khi gió lặng.",
	"Indonesian": "Pelabuhan ditutup ketika ada badai. Pada hari senin kami memutuskan bahwa kapal tetap di galangan sampai angin reda.",
	"Swahili":    "Bandari hufungwa wakati wa dhoruba. Siku ya jumatatu tuliamua kwamba mashua zibaki karakana mpaka upepo utulie.",
	"Russian":    "Порт закрывается во время шторма. В понедельник мы решили, что лодки остаются на верфи, пока не стихнет ветер.",
	"Greek":      "Το λιμάνι κλείνει όταν έχει τρικυμία. Τη Δευτέρα αποφασίσαμε ότι οι βάρκες μένουν στο ναυπηγείο.",
	"Arabic":     "يغلق الميناء أثناء العاصفة. قررنا يوم الاثنين أن تبقى القوارب في الورشة حتى تهدأ الريح.",
	"Hebrew":     "הנמל נסגר בזמן סערה. ביום שני החלטנו שהסירות נשארות במספנה עד שהרוח תירגע.",
	"Hindi":      "तूफ़ान में बंदरगाह बंद रहता है। सोमवार को हमने तय किया कि नावें हवा थमने तक कारख़ाने में रहेंगी।",
	"Chinese":    "风暴时港口关闭。我们星期一决定，在风停之前，船只都留在船厂里。",
	"Japanese":   "嵐のあいだ港は閉まる。月曜日に、風がやむまで船は造船所に置くと決めた。",
	"Korean":     "폭풍이 오면 항구는 문을 닫는다. 월요일에 우리는 바람이 잦아들 때까지 배를 조선소에 두기로 했다.",
	"Thai":       "ท่าเรือปิดเมื่อมีพายุ เมื่อวันจันทร์เราตัดสินใจว่าเรือจะอยู่ที่อู่จนกว่าลมจะสงบ",
}

func TestProseOfOthers(t *testing.T) {
	for language, note := range foreignNotes {
		for form, text := range map[string]string{
			"alone":     note,
			"with code": "# Setup\n\n" + note + "\n\n```sh\n# this is the command that you run if it has been stopped\nmake install\n```\n\n`go test` https://example.org/the/and/of\n",
		} {
			var p Prose
			p.Add(text)
			if p.Other < 10 || p.English > 0 {
				t.Errorf("%s %s: %+v", language, form, p)
			}
		}
	}
}

func TestProseOfEnglish(t *testing.T) {
	for what, text := range map[string]string{
		"prose":       "The harbour closes in a storm. On Monday we decided that the boats stay at the yard until the wind drops.",
		"terse":       "- fix the parser when lines are empty\n- add a retry with backoff to the client\n- drop support for node 14, it has been dead for years",
		"loan words":  "The naïve café owner said that his fiancée's résumé would be read with the utmost care by people from Zürich.",
		"with quotes": "We call it \"Donaudampfschifffahrtsgesellschaft\" and that is the name which the Viennese have always used for the company.",
		"with kanji":  "The word 港 means harbour, and it is the one that you will find on signs; 湾 is a bay. Both are read in two ways.",
	} {
		var p Prose
		p.Add(text)
		if p.English < 4*p.Other || p.English < 15 {
			t.Errorf("%s: %+v", what, p)
		}
	}
}

// What is no sentence does not speak against English.
func TestNoProse(t *testing.T) {
	for what, text := range map[string]string{
		"names":     "Müller, Jürgen\nSantos Oliveira, João da Silva\nNguyễn Văn An, Trần Thị Bình, Lê Hoàng Long\n| Björn Åkesson | Göteborg |\n| Łukasz Wójcik | Kraków |",
		"word list": "alpha beta gamma delta epsilon\nmilk eggs bread butter salt\nzinc iron lead copper",
		"code":      "for i := 0; i < n; i++ { sum += x[i] }\nstatic int foo_bar(const char *s, size_t n);\nSELECT id, name FROM notes WHERE id = 5;",
		"numbers":   "12 34 56 78\n2024-01-02 03:04 GET /index.html 200 1234\nα + β = γ",
		"fence":     "~~~\nDer Hafen schließt bei Sturm und wir bleiben zu Hause.\n~~~",
		"nothing":   "",
	} {
		var p Prose
		p.Add(text)
		if p.Other > 0 {
			t.Errorf("%s: %+v", what, p)
		}
	}
}

func FuzzProse(f *testing.F) {
	for _, note := range foreignNotes {
		f.Add(note)
	}
	f.Add("```\n|`a`|<b>](c)\n'’- ...")
	f.Fuzz(func(t *testing.T, text string) {
		var p Prose
		p.Add(text)
		if all := p.English + p.Other; p.English < 0 || p.Other < 0 || all > len(text) {
			t.Fatalf("%+v of %d bytes", p, len(text))
		}
	})
}
