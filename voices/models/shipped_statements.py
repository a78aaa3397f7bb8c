"""The consent statement that every team starts with, by language; its admins may write their own.

Written as the speaker says it. Each says the same: what is made, what it is used for, and that it can be withdrawn.
"""

SHIPPED_STATEMENTS = {
    "en": (
        "I am the person who speaks in this recording. I agree that the team I give it to makes an artificial copy of "
        "my voice with it, and has that copy say texts that I have not spoken myself. I have been told what the copy "
        "will be used for. I can withdraw this consent at any time; the team then stops using the copy and deletes it."
    ),
    "de": (
        "Ich bin die Person, die in dieser Aufnahme spricht. Ich bin einverstanden, dass das Team, dem ich sie gebe, "
        "damit eine künstliche Kopie meiner Stimme erstellt und sie Texte sprechen lässt, die ich nicht selbst "
        "gesprochen habe. Mir wurde gesagt, wofür die Kopie verwendet wird. Ich kann diese Einwilligung jederzeit "
        "widerrufen; das Team verwendet die Kopie dann nicht mehr und löscht sie."
    ),
    "es": (
        "Soy la persona que habla en esta grabación. Acepto que el equipo al que se la entrego cree con ella una copia "
        "artificial de mi voz y haga que esa copia diga textos que yo no he pronunciado. Me han explicado para qué se "
        "usará la copia. Puedo retirar este consentimiento en cualquier momento; el equipo dejará entonces de usar la "
        "copia y la eliminará."
    ),
    "fr": (
        "Je suis la personne qui parle dans cet enregistrement. J’accepte que l’équipe à laquelle je le remets s’en "
        "serve pour créer une copie artificielle de ma voix et fasse dire à cette copie des textes que je n’ai pas "
        "prononcés moi-même. On m’a expliqué à quoi la copie servira. Je peux retirer ce consentement à tout moment ; "
        "l’équipe cessera alors d’utiliser la copie et la supprimera."
    ),
    "it": (
        "Sono la persona che parla in questa registrazione. Acconsento a che il team a cui la consegno la usi per "
        "creare una copia artificiale della mia voce e faccia dire a questa copia testi che non ho pronunciato io. Mi "
        "è stato spiegato per che cosa verrà usata la copia. Posso revocare questo consenso in qualsiasi momento; il "
        "team smetterà allora di usare la copia e la eliminerà."
    ),
    "nl": (
        "Ik ben degene die in deze opname spreekt. Ik ga ermee akkoord dat het team waaraan ik de opname geef, er een "
        "kunstmatige kopie van mijn stem mee maakt en die kopie teksten laat uitspreken die ik niet zelf heb "
        "uitgesproken. Mij is verteld waarvoor de kopie wordt gebruikt. Ik kan deze toestemming op elk moment "
        "intrekken; het team gebruikt de kopie dan niet meer en verwijdert die."
    ),
    "pt": (
        "Sou a pessoa que fala nesta gravação. Concordo que a equipe a quem a entrego a use para criar uma cópia "
        "artificial da minha voz e faça essa cópia dizer textos que não foram ditos por mim. Explicaram-me para que a "
        "cópia será usada. Posso retirar este consentimento a qualquer momento; a equipe deixará então de usar a "
        "cópia e a apagará."
    ),
}
