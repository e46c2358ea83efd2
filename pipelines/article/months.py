"""The names of the months in some eighty languages, as dates have them: also declined, and cut short.

Promises: names in lower case, one word each. Source: the facts of CLDR (Unicode), and what news pages print.
"""

from __future__ import annotations

NAMES = (
    "january jan januar janner jaenner januari janvier janv enero ene gennaio gen janeiro ianuarie ian "
    "ledna leden stycznia styczen sty januara tammikuuta tammikuu ocak oca января январь янв січня "
    "січень januarja sausio janvaris jaanuar siječnja janara ιανουαριου ιαν januarie yanvar يناير "
    "ionawr xaneiro gener urtarrila जनवरी जन জানুয়ারি জানু ژانویه جنوری січ ιανουάριοσ ינואר בינואר "
    "ינו בינו януари яну јануар јан siječanj јануари janar sausis jaan eanáir xan jannar januaro yan "
    "қаңтар қаң студзеня сту студзень იანვარი იან հունվարի հնվ հունվար ஜனவரி ஜன జనవరి జన ಜನವರಿ ಜನ "
    "ജനുവരി ജനു जानेवारी जाने જાન્યુઆરી જાન્યુ ਜਨਵਰੀ ਜਨ มกราคม ມັງກອນ មករា ဇန်နဝါရီ ဇန် ጃንዋሪ ጃን janaayo "
    "jannaayo janairu urtarrilaren جانفي",
    "february feb februar feber februari fevrier fevr fev febrero febbraio fevereiro februarie unora "
    "unor lutego luty lut februara helmikuuta helmikuu subat sub февраля февраль фев лютого лютий "
    "febrer februarja vasario februaris veebruar veljace φεβρουαριου φεβ febr فبراير شباط fevral "
    "chwefror февр फ़रवरी फ़र ফেব্রুয়ারি ফেব فوریه فروری лют φεβρουάριοσ פברואר בפברואר פבר בפבר "
    "февруари фебруар феб veljača shkurt vasaris veebr feabhra otsaila febreiro frar februaro ақпан ақп "
    "лютага люты თებერვალი თებ փետրվարի փտվ փետրվար பிப்ரவரி பிப் ఫిబ్రవరి ఫిబ్ర ಫೆಬ್ರವರಿ ಫೆಬ್ರ "
    "ഫെബ്രുവരി ഫെബ്രു फेब्रुवारी फेब्रु ફેબ્રુઆરી ફેબ્રુ ਫ਼ਰਵਰੀ ਫ਼ਰ फेब्रुअरी กุมภาพันธ์ ກຸມພາ កុម្ភៈ "
    "ဖေဖော်ဝါရီ ဖေ ፌብሩዋሪ ፌብ pebrero febraayo faburairu otsailaren فيفري",
    "march mar marz maerz mrz mars marzo marco martie brezna brezen marca marzec maaliskuuta maaliskuu "
    "mart марта март мар березня березень maart maret mrt marts kovo martu ozujka μαρτιου μαρ marc "
    "marcius مارس آذار mawrth मार्च মার্চ مارچ бер marec μάρτιοσ מרץ במרץ ožujak kovas márta martxoa "
    "marzu marto наурыз нау сакавіка сак сакавік მარტი მარ մարտի մրտ մարտ மார்ச் மார் మార్చి ಮಾರ್ಚ್ "
    "മാർച്ച് മാർ માર્ચ ਮਾਰਚ มีนาคม ມີນາ មីនា မတ် ማርች mac marso machi maarso maris martxoaren",
    "april apr avril avr abril abr aprile aprilie dubna duben kwietnia kwiecien kwi huhtikuuta huhtikuu "
    "nisan nis апреля апрель апр квітня квітень aprila balandzio aprilis aprill travnja απριλιου απρ "
    "ابريل نيسان ebrill अप्रैल এপ্রিল এপ্রি آوریل اپریل квіт απρίλιοσ אפריל באפריל אפר באפר април "
    "travanj prill balandis aibreán apirila abrëll aprilo aprel сәуір сәу красавіка кра красавік აპრილი "
    "აპრ ապրիլի ապր ապրիլ ஏப்ரல் ஏப் ఏప్రిల్ ఏప్రి ಏಪ್ರಿಲ್ ಏಪ್ರಿ ഏപ്രിൽ ഏപ്രി एप्रिल एप्रि એપ્રિલ "
    "ਅਪ੍ਰੈਲ ਅਪ੍ਰੈ अप्रिल เมษายน ເມສາ មេសា ဧပြီ ኤፕሪል ኤፕሪ aprili abriil afirilu apirilaren أفريل",
    "may mai mei mayo maggio mag maio kvetna kveten maja toukokuuta toukokuu mayis мая май травня "
    "травень maj geguzes maijs svibnja μαιου μαι majus مايو أيار मई মে مه مئی трав μάιοσ מאי במאי мај "
    "svibanj gegužė bealtaine maiatza maig mejju mee majo мамыр мам მაისი მაი մայիսի մյս մայիս மே మే ಮೇ "
    "മേയ് मे મે ਮਈ พฤษภาคม ພຶດສະພາ ឧសភា မေ ሜይ maayo mayu maiatzaren ماي",
    "june jun juni juin junio giugno giu junho iunie iun cervna cerven czerwca czerwiec cze kesakuuta "
    "kesakuu haziran haz июня июнь июн червня червень juny junija birzelio junijs juuni lipnja ιουνιου "
    "ιουν junius يونيو حزيران mehefin जून জুন ژوئن جون черв júna ιούνιοσ יוני ביוני юни јун lipanj "
    "junij јуни qershor birželis meitheamh ekaina xuño ġunju iyun маусым мау чэрвеня чэр чэрвень ივნისი "
    "ივნ հունիսի հնս հունիս ஜூன் జూన్ ಜೂನ್ ജൂൺ જૂન ਜੂਨ जुन มิถุนายน ມິຖຸນາ មិថុនា ဇွန် ጁን hunyo juun "
    "yuni junie ekainaren جوان",
    "july jul juli juillet juil julio luglio lug julho iulie iul cervence cervenec lipca lipiec lip "
    "heinakuuta heinakuu temmuz tem июля июль июл липня липень juliol julija liepos julijs juuli srpnja "
    "ιουλιου ιουλ julius يوليو تموز gorffennaf जुलाई जुल জুলাই জুল ژوئیه جولائی лип júla ιούλιοσ יולי "
    "ביולי юли јул srpanj julij јули korrik liepa iúil uztaila xullo xul lulju iyul шілде шіл ліпеня "
    "ліп ліпень ივლისი ივლ հուլիսի հլս հուլիս ஜூலை జులై ಜುಲೈ ജൂലൈ जुलै જુલાઈ ਜੁਲਾਈ ਜੁਲਾ กรกฎาคม ກໍລະກົດ "
    "កក្កដា ဇူလိုင် ဇူ ጁላይ julai hulyo luulyo yuli julie uztailaren جويلية يوليوز",
    "august aug aout agosto ago srpna srpen sierpnia sierpien sie elokuuta elokuu agustos agu августа "
    "август авг серпня серпень augustus agustus agost avgusta rugpjucio augusts kolovoza αυγουστου αυγ "
    "augusztus اغسطس آب awst अगस्त अग আগস্ট আগ اوت اگست серп augusti augusta αύγουστοσ אוגוסט באוגוסט "
    "אוג באוג avgust avg kolovoz gusht rugpjūtis ágúst lúnasa abuztua awwissu aŭgusto avqust avq тамыз "
    "там жніўня жні жнівень აგვისტო აგვ օգոստոսի օգս օգոստոս ஆகஸ்ட் ஆக ఆగస్టు ఆగ ಆಗಸ್ಟ್ ಆಗ ഓഗസ്റ്റ് ഓഗ "
    "ऑगस्ट ऑग ઑગસ્ટ ਅਗਸਤ ਅਗ अगस्ट สิงหาคม ສິງຫາ សីហា ဩဂုတ် ኦገስት ኦገስ ogos agosti ogosto agusta "
    "abuztuaren أوت غشت",
    "september sept sep septembre septiembre settembre set setembro septembrie zari wrzesnia wrzesien "
    "wrz syyskuuta syyskuu eylul eyl сентября сентябрь сен сент вересня вересень setembre septembra "
    "rugsejo septembris rujna σεπτεμβριου σεπ szeptember سبتمبر أيلول medi सितंबर सित সেপ্টেম্বর সেপ "
    "সেপ্ট سپتامبر ستمبر вер szept σεπτέμβριοσ ספטמבר בספטמבר ספט בספט септември сеп септембар "
    "septembar rujan shtator rugsėjis iraila settembru septembro sentyabr sentabr қыркүйек қыр верасня "
    "верасень სექტემბერი სექ սեպտեմբերի սեպ սեպտեմբեր செப்டம்பர் செப் సెప్టెంబర్ సెప్టెం ಸೆಪ್ಟೆಂಬರ್ "
    "ಸೆಪ್ಟೆಂ സെപ്റ്റംബർ സെപ്റ്റം सप्टेंबर सप्टें સપ્ટેમ્બર સપ્ટે ਸਤੰਬਰ ਸਤੰ सेप्टेम्बर กันยายน ກັນຍາ "
    "កញ្ញា စက်တင်ဘာ စက် ሴፕቴምበር ሴፕቴ setyembre septemba sebtembar sebteembar satumba irailaren شتنبر",
    "october oct oktober okt octobre octubre ottobre ott outubro out octombrie rijna rijen pazdziernika "
    "pazdziernik paz lokakuuta lokakuu ekim eki октября октябрь окт жовтня жовтень oktobra spalio "
    "oktobris listopada οκτωβριου οκτ اكتوبر hydref अक्टूबर अक्टू অক্টোবর অক্টো اکتبر اکتوبر жовт "
    "οκτώβριοσ אוקטובר באוקטובר אוק באוק октомври октобар oktobar tetor spalis oktoober urria ottubru "
    "oktobro oktyabr oktabr қазан қаз кастрычніка кас кастрычнік ოქტომბერი ოქტ հոկտեմբերի հոկ հոկտեմբեր "
    "அக்டோபர் அக் అక్టోబర్ అక్టో ಅಕ್ಟೋಬರ್ ಅಕ್ಟೋ ഒക്ടോ ऑक्टोबर ऑक्टो ઑક્ટોબર ઑક્ટો ਅਕਤੂਬਰ ਅਕਤੂ अक्टोबर "
    "ตุลาคม ຕຸລາ តុលា အောက်တိုဘာ အောက် ኦክቶበር ኦክቶ oktubre oktoba oktoobar ഒക്ടോബർ urriaren",
    "november nov novembre noviembre novembro noiembrie noi listopadu listopad lis marraskuuta "
    "marraskuu kasim kas ноября ноябрь ноя листопада листопад novembra lapkricio novembris studenoga "
    "studenog νοεμβριου νοε نوفمبر tachwedd нояб नवंबर नव নভেম্বর নভে نوامبر نومبر лист νοέμβριοσ "
    "נובמבר בנובמבר נוב בנוב ноември ное новембар нов novembar studeni nëntor lapkritis samhain azaroa "
    "novembru noyabr noy қараша қар лістапада ліс лістапад ნოემბერი ნოე նոյեմբերի նոյ նոյեմբեր நவம்பர் "
    "நவ నవంబర్ నవం ನವೆಂಬರ್ ನವೆಂ നവംബർ നവം नोव्हेंबर नोव्हें નવેમ્બર નવે ਨਵੰਬਰ ਨਵੰ नोभेम्बर พฤศจิกายน "
    "ພະຈິກ វិច្ឆិកា နိုဝင်ဘာ နို ኖቬምበር ኖቬም nobyembre novemba noofeembar nuwamba azaroaren نونبر",
    "december dec dezember dez decembre diciembre dic dicembre dezembro decembrie prosince prosinec "
    "grudnia grudzien gru joulukuuta joulukuu aralik ara декабря декабрь дек грудня грудень desembre "
    "decembra gruodzio decembris detsember prosinca δεκεμβριου δεκ desember des دیسمبر ديسمبر rhagfyr "
    "दिसंबर दिस ডিসেম্বর ডিসে دسامبر دسمبر груд δεκέμβριοσ דצמבר בדצמבר דצמ בדצמ декември децембар дец "
    "decembar prosinac dhjetor gruodis dets nollaig abendua decembro diċembru dekabr dek желтоқсан жел "
    "снежня сне снежань დეკემბერი დეკ դեկտեմբերի դեկ դեկտեմբեր டிசம்பர் டிச డిసెంబర్ డిసెం ಡಿಸೆಂಬರ್ "
    "ಡಿಸೆಂ ഡിസംബർ ഡിസം डिसेंबर डिसें ડિસેમ્બર ડિસે ਦਸੰਬਰ ਦਸੰ डिसेम्बर ธันวาคม ທັນວາ ធ្នូ ဒီဇင်ဘာ ဒီ "
    "ዲሴምበር ዲሴም disember disyembre desemba diseembar disamba abenduaren دجنبر",
)
"""The names of each month, January first."""

PAIRS = {
    "كانون الثاني": 1,
    "تشرين الاول": 10,
    "تشرين الثاني": 11,
    "كانون الاول": 12,
    "mean fomhair": 9,
    "deireadh fomhair": 10,
}
"""Names of two words (in the Levant and in Irish), without accents -> the month."""
