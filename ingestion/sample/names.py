"""Names and places of the sample retailer's people, in five languages, as people and tills really write them.

Every name has the form of its own script, a Latin form without diacritics, and for given names a short form.
Belongs here: lists of common names and places. Does not belong here: any real person; nothing is taken from a register.
"""

from __future__ import annotations

from typing import Final

# Given names: own script | Latin | short form in own script | short form in Latin.
_WOMEN: Final = (
    """Μαρία|Maria|Μαίρη|Mairi
Ελένη|Eleni|Λένα|Lena
Αικατερίνη|Aikaterini|Κατερίνα|Katerina
Βασιλική|Vasiliki|Βίκυ|Viky
Σοφία|Sofia|Σόφη|Sofi
Αγγελική|Angeliki|Αγγέλα|Angela
Γεωργία|Georgia|Γωγώ|Gogo
Δήμητρα|Dimitra|Δήμη|Dimi
Κωνσταντίνα|Konstantina|Ντίνα|Ntina
Παναγιώτα|Panagiota|Γιώτα|Giota
Ευαγγελία|Evangelia|Εύα|Eva
Χριστίνα|Christina|Χριστίνα|Christina
Αναστασία|Anastasia|Νατάσα|Natasa
Φωτεινή|Foteini|Φωφώ|Fofo
Ιωάννα|Ioanna|Γιάννα|Gianna""",
    """Mária|Maria|Mari|Mari
Erzsébet|Erzsebet|Bözsi|Bozsi
Katalin|Katalin|Kati|Kati
Ilona|Ilona|Ili|Ili
Éva|Eva|Évi|Evi
Anna|Anna|Panni|Panni
Zsuzsanna|Zsuzsanna|Zsuzsa|Zsuzsa
Margit|Margit|Manci|Manci
Judit|Judit|Jutka|Jutka
Ágnes|Agnes|Ági|Agi
Krisztina|Krisztina|Kriszti|Kriszti
Csilla|Csilla|Csilla|Csilla
Gyöngyi|Gyongyi|Gyöngyi|Gyongyi
Orsolya|Orsolya|Orsi|Orsi
Tünde|Tunde|Tünde|Tunde""",
    """Maria|Maria|Mia|Mia
Elena|Elena|Lenuța|Lenuta
Ioana|Ioana|Oana|Oana
Andreea|Andreea|Deea|Deea
Ștefania|Stefania|Fania|Fania
Mihaela|Mihaela|Miha|Miha
Cristina|Cristina|Cristi|Cristi
Alexandra|Alexandra|Alexa|Alexa
Daniela|Daniela|Dana|Dana
Gabriela|Gabriela|Gabi|Gabi
Anișoara|Anisoara|Ani|Ani
Raluca|Raluca|Ralu|Ralu
Viorica|Viorica|Viorica|Viorica
Simona|Simona|Simo|Simo
Adriana|Adriana|Adi|Adi""",
    """Åsa|Asa|Åsa|Asa
Märta|Marta|Märta|Marta
Kerstin|Kerstin|Kicki|Kicki
Anna|Anna|Anna|Anna
Birgitta|Birgitta|Gitta|Gitta
Elisabeth|Elisabeth|Lisa|Lisa
Göta|Gota|Göta|Gota
Ingrid|Ingrid|Ingrid|Ingrid
Karin|Karin|Karin|Karin
Malin|Malin|Malin|Malin
Linnéa|Linnea|Linn|Linn
Margareta|Margareta|Greta|Greta
Sofie|Sofie|Fia|Fia
Therése|Therese|Tessan|Tessan
Annika|Annika|Anni|Anni""",
    """Elizabeth|Elizabeth|Liz|Liz
Margaret|Margaret|Maggie|Maggie
Catherine|Catherine|Kate|Kate
Susan|Susan|Sue|Sue
Rebecca|Rebecca|Becky|Becky
Jennifer|Jennifer|Jenny|Jenny
Charlotte|Charlotte|Lottie|Lottie
Victoria|Victoria|Vicky|Vicky
Zoë|Zoe|Zoë|Zoe
Siobhán|Siobhan|Siobhán|Siobhan
Alexandra|Alexandra|Sandra|Sandra
Emily|Emily|Em|Em
Jessica|Jessica|Jess|Jess
Deborah|Deborah|Debbie|Debbie
Chloë|Chloe|Chloë|Chloe""",
)
_MEN: Final = (
    """Γεώργιος|Georgios|Γιώργος|Giorgos
Δημήτριος|Dimitrios|Δημήτρης|Dimitris
Ιωάννης|Ioannis|Γιάννης|Giannis
Νικόλαος|Nikolaos|Νίκος|Nikos
Κωνσταντίνος|Konstantinos|Κώστας|Kostas
Παναγιώτης|Panagiotis|Πάνος|Panos
Χρήστος|Christos|Χρήστος|Christos
Βασίλειος|Vasileios|Βασίλης|Vasilis
Αθανάσιος|Athanasios|Θανάσης|Thanasis
Ευάγγελος|Evangelos|Βαγγέλης|Vangelis
Μιχαήλ|Michail|Μιχάλης|Michalis
Σπυρίδων|Spyridon|Σπύρος|Spyros
Εμμανουήλ|Emmanouil|Μανώλης|Manolis
Αλέξανδρος|Alexandros|Αλέκος|Alekos
Ηλίας|Ilias|Λάκης|Lakis""",
    """László|Laszlo|Laci|Laci
István|Istvan|Pista|Pista
József|Jozsef|Józsi|Jozsi
János|Janos|Jani|Jani
Zoltán|Zoltan|Zoli|Zoli
Sándor|Sandor|Sanyi|Sanyi
Gábor|Gabor|Gabi|Gabi
Ferenc|Ferenc|Feri|Feri
Attila|Attila|Ati|Ati
Péter|Peter|Peti|Peti
György|Gyorgy|Gyuri|Gyuri
Győző|Gyozo|Győző|Gyozo
Tamás|Tamas|Tomi|Tomi
Balázs|Balazs|Bali|Bali
Jenő|Jeno|Jenő|Jeno""",
    """Ion|Ion|Ionel|Ionel
Gheorghe|Gheorghe|Gigi|Gigi
Ștefan|Stefan|Fane|Fane
Constantin|Constantin|Costel|Costel
Alexandru|Alexandru|Alex|Alex
Mihai|Mihai|Mișu|Misu
Andrei|Andrei|Andi|Andi
Nicolae|Nicolae|Nicu|Nicu
Cătălin|Catalin|Cătă|Cata
Florin|Florin|Florinel|Florinel
Răzvan|Razvan|Răzvan|Razvan
Ionuț|Ionut|Ionuț|Ionut
Vasile|Vasile|Vasilică|Vasilica
Gabriel|Gabriel|Gabi|Gabi
Bogdan|Bogdan|Bogdi|Bogdi""",
    """Åke|Ake|Åke|Ake
Björn|Bjorn|Björn|Bjorn
Göran|Goran|Göran|Goran
Jörgen|Jorgen|Jörgen|Jorgen
Lars|Lars|Lasse|Lasse
Per|Per|Pelle|Pelle
Sören|Soren|Sören|Soren
Östen|Osten|Östen|Osten
Karl|Karl|Kalle|Kalle
Nils|Nils|Nisse|Nisse
Håkan|Hakan|Håkan|Hakan
Johan|Johan|Jojje|Jojje
Anders|Anders|Ante|Ante
Mårten|Marten|Mårten|Marten
Erik|Erik|Erik|Erik""",
    """William|William|Bill|Bill
Robert|Robert|Bob|Bob
Richard|Richard|Dick|Dick
James|James|Jim|Jim
Michael|Michael|Mike|Mike
Edward|Edward|Ted|Ted
Thomas|Thomas|Tom|Tom
Anthony|Anthony|Tony|Tony
Christopher|Christopher|Chris|Chris
Matthew|Matthew|Matt|Matt
Daniel|Daniel|Dan|Dan
Seán|Sean|Seán|Sean
Joseph|Joseph|Joe|Joe
Benjamin|Benjamin|Ben|Ben
Nicholas|Nicholas|Nick|Nick""",
)
# Family names: of a man | of a woman | Latin of a man | Latin of a woman.
_FAMILIES: Final = (
    """Παπαδόπουλος|Παπαδοπούλου|Papadopoulos|Papadopoulou
Βλάχος|Βλάχου|Vlachos|Vlachou
Αγγελόπουλος|Αγγελοπούλου|Angelopoulos|Angelopoulou
Νικολαΐδης|Νικολαΐδου|Nikolaidis|Nikolaidou
Γεωργίου|Γεωργίου|Georgiou|Georgiou
Οικονόμου|Οικονόμου|Oikonomou|Oikonomou
Χατζής|Χατζή|Chatzis|Chatzi
Μακρής|Μακρή|Makris|Makri
Καραγιάννης|Καραγιάννη|Karagiannis|Karagianni
Δημητρίου|Δημητρίου|Dimitriou|Dimitriou
Αντωνίου|Αντωνίου|Antoniou|Antoniou
Παππάς|Παππά|Pappas|Pappa
Αθανασίου|Αθανασίου|Athanasiou|Athanasiou
Μιχαηλίδης|Μιχαηλίδου|Michailidis|Michailidou
Σαμαράς|Σαμαρά|Samaras|Samara
Λαμπρόπουλος|Λαμπροπούλου|Lampropoulos|Lampropoulou
Ζαχαρίου|Ζαχαρίου|Zachariou|Zachariou
Ξενάκης|Ξενάκη|Xenakis|Xenaki
Τσιρίγος|Τσιρίγου|Tsirigos|Tsirigou
Θεοδωρίδης|Θεοδωρίδου|Theodoridis|Theodoridou
Φωτόπουλος|Φωτοπούλου|Fotopoulos|Fotopoulou
Κυριακίδης|Κυριακίδου|Kyriakidis|Kyriakidou
Μπακάλης|Μπακάλη|Mpakalis|Mpakali
Ρήγας|Ρήγα|Rigas|Riga""",
    """Nagy|Nagy|Nagy|Nagy
Kovács|Kovács|Kovacs|Kovacs
Tóth|Tóth|Toth|Toth
Szabó|Szabó|Szabo|Szabo
Horváth|Horváth|Horvath|Horvath
Varga|Varga|Varga|Varga
Kiss|Kiss|Kiss|Kiss
Molnár|Molnár|Molnar|Molnar
Németh|Németh|Nemeth|Nemeth
Farkas|Farkas|Farkas|Farkas
Balogh|Balogh|Balogh|Balogh
Papp|Papp|Papp|Papp
Lakatos|Lakatos|Lakatos|Lakatos
Takács|Takács|Takacs|Takacs
Juhász|Juhász|Juhasz|Juhasz
Mészáros|Mészáros|Meszaros|Meszaros
Simon|Simon|Simon|Simon
Rácz|Rácz|Racz|Racz
Fekete|Fekete|Fekete|Fekete
Szűcs|Szűcs|Szucs|Szucs
Győri|Győri|Gyori|Gyori
Bődi|Bődi|Bodi|Bodi""",
    """Popescu|Popescu|Popescu|Popescu
Ionescu|Ionescu|Ionescu|Ionescu
Pop|Pop|Pop|Pop
Radu|Radu|Radu|Radu
Dumitru|Dumitru|Dumitru|Dumitru
Stan|Stan|Stan|Stan
Stoica|Stoica|Stoica|Stoica
Gheorghiță|Gheorghiță|Gheorghita|Gheorghita
Matei|Matei|Matei|Matei
Ciobanu|Ciobanu|Ciobanu|Ciobanu
Rusu|Rusu|Rusu|Rusu
Mureșan|Mureșan|Muresan|Muresan
Lungu|Lungu|Lungu|Lungu
Șerban|Șerban|Serban|Serban
Dănilă|Dănilă|Danila|Danila
Crăciun|Crăciun|Craciun|Craciun
Bălan|Bălan|Balan|Balan
Moldovan|Moldovan|Moldovan|Moldovan
Țurcanu|Țurcanu|Turcanu|Turcanu
Voicu|Voicu|Voicu|Voicu""",
    """Andersson|Andersson|Andersson|Andersson
Johansson|Johansson|Johansson|Johansson
Karlsson|Karlsson|Karlsson|Karlsson
Nilsson|Nilsson|Nilsson|Nilsson
Eriksson|Eriksson|Eriksson|Eriksson
Öberg|Öberg|Oberg|Oberg
Sjöberg|Sjöberg|Sjoberg|Sjoberg
Lindström|Lindström|Lindstrom|Lindstrom
Åkesson|Åkesson|Akesson|Akesson
Bergström|Bergström|Bergstrom|Bergstrom
Håkansson|Håkansson|Hakansson|Hakansson
Söderberg|Söderberg|Soderberg|Soderberg
Lindqvist|Lindqvist|Lindqvist|Lindqvist
Nyström|Nyström|Nystrom|Nystrom
Engström|Engström|Engstrom|Engstrom
Sandberg|Sandberg|Sandberg|Sandberg""",
    """Smith|Smith|Smith|Smith
Jones|Jones|Jones|Jones
Taylor|Taylor|Taylor|Taylor
Brown|Brown|Brown|Brown
O'Connor|O'Connor|OConnor|OConnor
Wilson|Wilson|Wilson|Wilson
Evans|Evans|Evans|Evans
Walker|Walker|Walker|Walker
Wright|Wright|Wright|Wright
Hughes|Hughes|Hughes|Hughes
Edwards|Edwards|Edwards|Edwards
Hall|Hall|Hall|Hall
Turner|Turner|Turner|Turner
Smith-Jones|Smith-Jones|Smith-Jones|Smith-Jones
Clarke|Clarke|Clarke|Clarke
Patel|Patel|Patel|Patel""",
)
# Cities: own script | Latin | pattern of the postal code, # a digit.
_CITIES: Final = (
    """Αθήνα|Athina|1####
Θεσσαλονίκη|Thessaloniki|54###
Πάτρα|Patra|26###
Ηράκλειο|Irakleio|71###
Λάρισα|Larisa|41###
Βόλος|Volos|38###""",
    """Budapest|Budapest|1###
Szeged|Szeged|67##
Debrecen|Debrecen|40##
Pécs|Pecs|76##""",
    """București|Bucuresti|01####
Cluj-Napoca|Cluj-Napoca|40####
Timișoara|Timisoara|30####
Iași|Iasi|70####""",
    """Stockholm|Stockholm|11# ##
Göteborg|Goteborg|41# ##
Malmö|Malmo|21# ##""",
    """London|London|NW# #XX
Manchester|Manchester|M# #XX
Bristol|Bristol|BS# #XX""",
)
# Streets: own script | Latin, with {} for the number.
_STREETS: Final = (
    """Ερμού {}|Ermou {}
Σωκράτους {}|Sokratous {}
Πατησίων {}|Patision {}
Αγίου Δημητρίου {}|Agiou Dimitriou {}
Κορίνθου {}|Korinthou {}
Δημοκρατίας {}|Dimokratias {}""",
    """Petőfi Sándor utca {}.|Petofi Sandor utca {}
Kossuth Lajos utca {}.|Kossuth Lajos utca {}
Fő út {}.|Fo ut {}
Rákóczi út {}.|Rakoczi ut {}""",
    """Strada Lipscani {}|Strada Lipscani {}
Bulevardul Unirii {}|Bulevardul Unirii {}
Strada Mihai Eminescu {}|Strada Mihai Eminescu {}
Șoseaua Ștefan cel Mare {}|Soseaua Stefan cel Mare {}""",
    """Storgatan {}|Storgatan {}
Kungsgatan {}|Kungsgatan {}
Björkvägen {}|Bjorkvagen {}
Östra Långgatan {}|Ostra Langgatan {}""",
    """{} High Street|{} High Street
{} Station Road|{} Station Road
{} Church Lane|{} Church Lane
{} Victoria Road|{} Victoria Road""",
)


def _rows(block: str) -> list[list[str]]:
    return [line.split("|") for line in block.splitlines()]


WOMEN: Final = tuple(map(_rows, _WOMEN))
MEN: Final = tuple(map(_rows, _MEN))
FAMILIES: Final = tuple(map(_rows, _FAMILIES))
CITIES: Final = tuple(map(_rows, _CITIES))
STREETS: Final = tuple(map(_rows, _STREETS))
