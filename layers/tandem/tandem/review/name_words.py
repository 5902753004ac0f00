"""Words that decide whether something is a name, in English, German, French and Spanish."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_A_NAME = _words("""
    a able about absolutely again all also always am american an and angry any are as asking at
    australian aware aws back be because been bot british but by calling can canadian cannot chinese
    colleague colleagues confused contacting could currently customer desk developer did do does
    done engineer english european everybody everyone experiencing folks for french friend from
    frustrated german getting glad going good got great guys had happy has have having he hello help
    her here him hiring his how i if in incorrect indian interested is issue it italian its just
    listed looking lost madam manager me missing misspelled my new no not now of off ok okay on one
    only or our out please really registered right running same service she sir so software some
    sorry spanish spelled spelt still stuck support sure team thanks that the their them then there
    they this to today too trying unable under unhappy up using very waiting was we well what when
    where which who why will with wondering working world would writing wrong yes you your
    aber alle alles als auch auf aus bei bin bitte da damen das dass dem den der des deutsche
    deutscher die doch ein eine einem einen einer entwickler entwicklerin er es falsch frau für
    guten habe haben hallo herr herren heute hier hilfe ich ihnen ihr im immer ist ja jetzt kann
    kein keine keinen kunde kundin leider man mann mein meine mich mir mit mitarbeiter mitarbeiterin
    mutter nach neu neukunde nicht nichts noch nun nur nutzer nutzerin oder ohne schon sehr seit
    sich sie sind student studentin tag und uns vater von vor war weg wenn wer wie wir wo zu zum zur
    zusammen zusammenfassend
    au aux avec bien bloqué bloquée ce cela client cliente comme dans de depuis du désolé désolée
    elle en encore est et français française il ils impossible je la le les leur là madame mais
    mesdames messieurs moi mon monsieur ne normal nous ou où par pas perdu plus pour que qui ravi
    ravie sa se ses si son sous sur toujours tous tout toute trop très un une urgent vous vraiment y
    à ça équipe
    al algo aquí así bueno buenos como con cuando del donde el ella equipo era español española esta
    este esto estoy ha hay hola las lo los mal mi mucho muy nada ni nuestra nuestro nueva nuevo o
    para pero por porque quien qué señor señora señores sin sobre solo su sí también te tengo todo
    todos una usuaria usuario ya yo
    amazon api april august azure bedrock cpu december dienstag donnerstag error exception february
    freitag friday google gpu january july june lambda march microsoft mittwoch monday montag
    november october openai sagemaker samstag saturday sdk september sonntag sunday thursday tuesday
    wednesday
    best beste cheers cordialement atentamente freundlichen grüße herzliche kind liebe regards
    saludo saludos sincerely viele warm yours
    admin administrator assistant data docker dr excel github java jr kubernetes linux mac mr mrs ms
    ops prof python reply root scientist sr sra srta step technician terraform trainee windows
""")
"""What follows "I am", "dear" or "this is" and is nobody's name: function words, moods, roles,
products, days and months."""

NOT_BEFORE_HERE = _words("""
    anything apply attached beginner beside between clearly click code come copy dev directly down
    enter everything example exactly first from go image inside last left link log login logs look
    near newbie newcomer nobody noob nothing obviously only output over paste photo picture press
    problem question read result right same screenshot see sign someone something start student tap
    there type upload user write
""")
"""What stands before "here" at the beginning of a line and is nobody's name."""

ALSO_WORDS = _words("""
    abril admin agent alba alt amber angel april art august autumn baker barry basil bauer berg bill
    black blanc blanco bob brook brown bueno bush campos carol chance chase christian church claire
    clay client cliff cook cross cruz crystal customer daisy dale dawn day dean delgado destiny drew
    eden ernst eve expert faith fern field fisher flora flores fort fox frank fuchs gene ginger
    grace grand grant gray green grey gross groß guest guy hall hazel heath heather hill holly hope
    hunt hunter iris ivy jack jade jay jean jewel joy june jung kaiser king klein knight koch kunde
    kurz könig lake lance lane lang law leblanc lieb lily long love luna luz mar marchand marina
    mark may melody miles miller mills misty montes moon moore more neu norm olive page park parker
    pat patience paz pearl penny peter petit pierce pool porter price ray reed rey reyes rice rich
    rico river rivers rob robin rock roi rosa rose rouge ruby rush rusty sage sandy scarlet shepherd
    short sky small smart smith sol sommer sparks star stark steel stein stone storm sue summer
    sunny support taylor terry test tiffany tony trace trinity user violet vogel wade walker wall
    ward waters wayne weaver wells west white will winter wise wolf wood woods woody young
""")
"""Names that are words too: alone, they are taken for the name only with a capital letter."""

NEVER_ALONE = _words("""
    al an and bin da das de del della den der di do dos dr du e el et frau herr ibn in jr la las le
    les los mr mrs ms no o of on prof so sr ten ter the to und van vom von y zu zum
""")
"""Parts of names that say nothing without the others."""
