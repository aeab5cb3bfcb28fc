package terms

import (
	"strings"
	"sync"

	"amalfa/notes"
)

// stopWords are function words of languages that put spaces between words: articles, pronouns, prepositions, conjunctions, auxiliaries,
// and what notes say of themselves. A term neither begins nor ends with one, nor holds one.
var stopWords = sync.OnceValue(func() map[string]bool {
	const list = `
	a about above across after again against all almost along already also although always am among an and another any anyone anything are
	around as at away back be became because become been before began behind being below best better between both but by came can cannot
	come could did do does doing done down during each either else enough etc even ever every few first for found from further gave get
	gets give given gives go goes going gone good got had has have having he hence her here hers him his how however i if in instead into
	is it its itself just keep kept last later least less let like made make makes many may me might mine more most much must my near
	need needs never new next no nor not nothing now of off often old on once one only onto or other others our out over own per perhaps
	put quite rather really said same say says see seen several shall she should since so some something still such take taken takes than
	that the their them then there therefore these they thing things this those though three through thus to together too toward two under
	until up upon us use used uses using usually very via want was way we well went were what when where whether which while who whom whose
	why will with within without would yet you your yours don doesn isn aren wasn weren won didn hasn haven it's don't doesn't isn't i.e e.g
	note notes todo see also
	der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war waren wird werden wurde wurden hat
	haben hatte sein seine seiner ihr ihre ich du er sie es wir uns man mit von vom zu zum zur auf aus bei beim nach vor für fur über uber
	unter durch gegen ohne um an am im in ins als wie wenn weil dass da so auch noch nur schon sehr mehr wo was wer kann können konnen muss
	soll diese dieser dieses diesem diesen hier dort dann denn doch
	le la les l un une des du de d et ou mais ne pas plus est sont était etait être etre avoir ont a au aux ce cet cette ces il elle ils
	elles on nous vous je tu se sa son ses leur leurs dans sur sous pour par avec sans entre chez que qui quoi dont où quand comme si très
	tres aussi encore déjà deja fait faire
	el los las una unos unas y o pero no es son era fue ser estar está esta este estos estas ese esa eso lo al del en con sin por para sobre
	entre que quien cuando como donde si más mas muy también tambien ya se su sus mi tu nos
	il lo gli i uno e ma non è sono nel nella dei delle della dello di da con per tra fra che chi quando come dove più piu anche già
	o os as um uma e mas não nao é são sao foi no na nos nas dos das do da em com sem por para que quem quando como onde mais também
	het een en van voor met niet zijn was wordt werd op te bij naar over uit aan dat die deze dit ook maar
	och att det som en ett är inte på av för med till den om han hon de vi jag
	и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще нет о из ему теперь
	когда даже ну ли если уже или ни быть был него до вас опять для мы их чем была сам чтоб без будто себя это эта этот этого при об
	και το τα η ο οι του της των να σε με για από που δεν είναι στο στη στην τη την τον
	في من على إلى عن أن إن هذا هذه التي الذي ما لا كان هو هي مع أو ثم قد
	של את על לא הוא היא זה כי אם או גם עם אל מה
	के का की को में है हैं और से पर यह वह एक नहीं भी ने हो था थी थे कि जो
	그 이 저 것 수 등 및 또는 그리고 그러나 있다 있는 하는 한 할 은 는 을 를 에 의 가
	và của là có được cho các những một trong với không này đó để khi`
	words := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		words[notes.Fold(w)] = true
	}
	return words
})
