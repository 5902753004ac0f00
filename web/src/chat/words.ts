/** The chat's own words in one language. What an expert or the assistant says is not among them. */
export interface Words {
  // --- who is who
  chat: string;
  you: string;
  assistant: string;
  person: string;
  /** A message's label for screen readers. */
  saidAt: (who: string, time: string) => string;
  // --- who speaks now
  talkingToAssistant: string;
  talkingTo: (name: string) => string;
  waitingForPerson: string;
  conversationEnded: string;
  // --- the header
  talkToPerson: string;
  alreadyWaiting: string;
  alreadyTalking: (name: string) => string;
  endConversation: string;
  newConversation: string;
  closeChat: string;
  // --- the beginning
  suggestions: string;
  loadingConversation: string;
  // --- messages
  messages: string;
  newMessages: string;
  today: string;
  yesterday: string;
  thinking: string;
  isTyping: (name: string) => string;
  sending: string;
  notSent: string;
  tryAgain: string;
  discard: string;
  problems: Record<
    "message_too_long" | "conversation_closed" | "too_many_requests" | "unreachable" | "other",
    string
  >;
  source: string;
  sources: (count: number) => string;
  copy: string;
  copied: string;
  notCopied: string;
  // --- thumbs
  helpful: string;
  notHelpful: string;
  whatWasWrong: string;
  wrongReasons: readonly [string, string, string, string];
  ownWords: string;
  sendReason: string;
  skip: string;
  thanksForReason: string;
  // --- waiting
  waitingSince: (time: string) => string;
  waitingStep: (step: number, steps: number) => string;
  waitingFirst: string;
  waitingNext: (time: string) => string;
  waitingLast: (time: string) => string;
  goOnWriting: string;
  // --- writing
  yourMessage: string;
  placeholder: string;
  send: string;
  /** With a number of characters, written as the reader writes numbers. */
  left: (characters: string) => string;
  tooLong: (characters: string) => string;
  // --- rating and the end
  howWasIt: string;
  howWasPerson: (name: string) => string;
  stars: readonly [string, string, string, string, string];
  reasonOptional: string;
  sendRating: string;
  notNow: string;
  thanksForRating: string;
  continueConversation: string;
  // --- trouble
  offline: string;
  connectionLost: string;
  unreachable: string;
  tooMany: string;
  expired: string;
  notSignedIn: string;
  failed: string;
  dismiss: string;
  beginAnew: string;
  unpublished: string;
  crashed: string;
  reload: string;
}

const EN: Words = {
  chat: "Chat",
  you: "You",
  assistant: "Assistant",
  person: "Colleague",
  saidAt: (who, time) => `${who}, ${time}`,
  talkingToAssistant: "You are talking to the assistant",
  talkingTo: (name) => `You are talking to ${name}`,
  waitingForPerson: "Waiting for a person",
  conversationEnded: "This conversation has ended",
  talkToPerson: "Talk to a person",
  alreadyWaiting: "A person is already being called.",
  alreadyTalking: (name) => `You are talking to ${name}.`,
  endConversation: "End conversation",
  newConversation: "New conversation",
  closeChat: "Close chat",
  suggestions: "Suggested questions",
  loadingConversation: "Loading your conversation…",
  messages: "Messages",
  newMessages: "New messages",
  today: "Today",
  yesterday: "Yesterday",
  thinking: "Thinking…",
  isTyping: (name) => `${name} is typing…`,
  sending: "Sending…",
  notSent: "Not sent.",
  tryAgain: "Try again",
  discard: "Discard",
  problems: {
    message_too_long: "It is too long: shorten it, or send it in parts.",
    conversation_closed: "The conversation has ended meanwhile. Continue it, then try again.",
    too_many_requests: "Too many messages at once. Wait a moment, then try again.",
    unreachable: "There was no connection.",
    other: "Something went wrong on our side.",
  },
  source: "Source",
  sources: (count) => `Sources (${count})`,
  copy: "Copy",
  copied: "Copied",
  notCopied: "Copying is not possible here",
  helpful: "Helpful",
  notHelpful: "Not helpful",
  whatWasWrong: "What was wrong? (optional)",
  wrongReasons: [
    "It is not correct",
    "It does not answer my question",
    "It is hard to understand",
    "Something else",
  ],
  ownWords: "In your own words",
  sendReason: "Send",
  skip: "Skip",
  thanksForReason: "Thank you, that helps us.",
  waitingSince: (time) => `Waiting since ${time}`,
  waitingStep: (step, steps) => `Step ${step} of ${steps}`,
  waitingFirst: "A colleague is being called.",
  waitingNext: (time) => `If nobody is free by ${time}, further colleagues are called.`,
  waitingLast: (time) =>
    `If nobody is free by ${time}, you are told here, and somebody gets back to you.`,
  goOnWriting: "You can go on writing. All of it will be read.",
  yourMessage: "Your message",
  placeholder: "Write a message",
  send: "Send",
  left: (characters) => `Characters left: ${characters}`,
  tooLong: (characters) => `Too long. Characters over the limit: ${characters}`,
  howWasIt: "How was this conversation?",
  howWasPerson: (name) => `How was your talk with ${name}?`,
  stars: [
    "1 star: very bad",
    "2 stars: bad",
    "3 stars: fair",
    "4 stars: good",
    "5 stars: very good",
  ],
  reasonOptional: "Would you like to tell us why? (optional)",
  sendRating: "Send rating",
  notNow: "Not now",
  thanksForRating: "Thank you for your rating.",
  continueConversation: "Continue this conversation",
  offline: "You are offline. What you write is kept, and sent when you are online again.",
  connectionLost: "Connection lost, trying again… What you write is kept.",
  unreachable: "The chat cannot be reached at the moment. What you wrote is kept.",
  tooMany: "Too many conversations were begun from your network. Wait a minute, then try again.",
  expired:
    "This conversation cannot be opened any more. Begin a new one: what was not sent is taken along.",
  notSignedIn: "Sign in on the website that you came from, then try again.",
  failed: "That did not work. Please try again.",
  dismiss: "Close this note",
  beginAnew: "Begin a new conversation",
  unpublished: "This page belongs to no deployment. Publish it with `make deploy`.",
  crashed: "Something went wrong on this page. Your conversation is kept.",
  reload: "Load the page again",
};

const DE: Words = {
  chat: "Chat",
  you: "Sie",
  assistant: "Assistent",
  person: "Kollegin oder Kollege",
  saidAt: (who, time) => `${who}, ${time}`,
  talkingToAssistant: "Sie sprechen mit dem Assistenten",
  talkingTo: (name) => `Sie sprechen mit ${name}`,
  waitingForPerson: "Es wird ein Mensch gerufen",
  conversationEnded: "Dieses Gespräch ist beendet",
  talkToPerson: "Mit einem Menschen sprechen",
  alreadyWaiting: "Es wird schon jemand gerufen.",
  alreadyTalking: (name) => `Sie sprechen mit ${name}.`,
  endConversation: "Gespräch beenden",
  newConversation: "Neues Gespräch",
  closeChat: "Chat schließen",
  suggestions: "Vorgeschlagene Fragen",
  loadingConversation: "Ihr Gespräch wird geladen …",
  messages: "Nachrichten",
  newMessages: "Neue Nachrichten",
  today: "Heute",
  yesterday: "Gestern",
  thinking: "Denkt nach …",
  isTyping: (name) => `${name} schreibt …`,
  sending: "Wird gesendet …",
  notSent: "Nicht gesendet.",
  tryAgain: "Erneut versuchen",
  discard: "Verwerfen",
  problems: {
    message_too_long: "Sie ist zu lang: Kürzen Sie sie, oder senden Sie sie in Teilen.",
    conversation_closed:
      "Das Gespräch wurde inzwischen beendet. Setzen Sie es fort, und versuchen Sie es erneut.",
    too_many_requests: "Zu viele Nachrichten auf einmal. Versuchen Sie es gleich noch einmal.",
    unreachable: "Es gab keine Verbindung.",
    other: "Bei uns ist etwas schiefgegangen.",
  },
  source: "Quelle",
  sources: (count) => `Quellen (${count})`,
  copy: "Kopieren",
  copied: "Kopiert",
  notCopied: "Kopieren ist hier nicht möglich",
  helpful: "Hilfreich",
  notHelpful: "Nicht hilfreich",
  whatWasWrong: "Was war nicht gut? (freiwillig)",
  wrongReasons: [
    "Es stimmt nicht",
    "Es beantwortet meine Frage nicht",
    "Es ist schwer zu verstehen",
    "Etwas anderes",
  ],
  ownWords: "In eigenen Worten",
  sendReason: "Senden",
  skip: "Überspringen",
  thanksForReason: "Danke, das hilft uns.",
  waitingSince: (time) => `Sie warten seit ${time}`,
  waitingStep: (step, steps) => `Schritt ${step} von ${steps}`,
  waitingFirst: "Es wird jemand gerufen.",
  waitingNext: (time) => `Ist bis ${time} niemand frei, werden weitere gerufen.`,
  waitingLast: (time) =>
    `Ist bis ${time} niemand frei, erfahren Sie es hier, und jemand meldet sich bei Ihnen.`,
  goOnWriting: "Schreiben Sie ruhig weiter. Alles wird gelesen.",
  yourMessage: "Ihre Nachricht",
  placeholder: "Nachricht schreiben",
  send: "Senden",
  left: (characters) => `Noch ${characters} Zeichen`,
  tooLong: (characters) => `${characters} Zeichen zu lang`,
  howWasIt: "Wie war dieses Gespräch?",
  howWasPerson: (name) => `Wie war Ihr Gespräch mit ${name}?`,
  stars: [
    "1 Stern: sehr schlecht",
    "2 Sterne: schlecht",
    "3 Sterne: mittel",
    "4 Sterne: gut",
    "5 Sterne: sehr gut",
  ],
  reasonOptional: "Möchten Sie uns sagen, warum? (freiwillig)",
  sendRating: "Bewertung senden",
  notNow: "Jetzt nicht",
  thanksForRating: "Danke für Ihre Bewertung.",
  continueConversation: "Dieses Gespräch fortsetzen",
  offline:
    "Sie sind offline. Was Sie schreiben, bleibt erhalten und wird gesendet, sobald Sie wieder online sind.",
  connectionLost: "Verbindung verloren, neuer Versuch … Was Sie schreiben, bleibt erhalten.",
  unreachable: "Der Chat ist gerade nicht erreichbar. Was Sie geschrieben haben, bleibt erhalten.",
  tooMany:
    "Aus Ihrem Netz wurden zu viele Gespräche begonnen. Versuchen Sie es in einer Minute noch einmal.",
  expired:
    "Dieses Gespräch lässt sich nicht mehr öffnen. Beginnen Sie ein neues: Was nicht gesendet wurde, kommt mit.",
  notSignedIn:
    "Melden Sie sich auf der Website an, von der Sie kommen, und versuchen Sie es erneut.",
  failed: "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
  dismiss: "Hinweis schließen",
  beginAnew: "Neues Gespräch beginnen",
  unpublished:
    "Diese Seite gehört zu keiner Installation. Veröffentlichen Sie sie mit `make deploy`.",
  crashed: "Auf dieser Seite ist etwas schiefgegangen. Ihr Gespräch bleibt erhalten.",
  reload: "Seite neu laden",
};

const FR: Words = {
  chat: "Chat",
  you: "Vous",
  assistant: "Assistant",
  person: "Collègue",
  saidAt: (who, time) => `${who}, ${time}`,
  talkingToAssistant: "Vous parlez à l’assistant",
  talkingTo: (name) => `Vous parlez à ${name}`,
  waitingForPerson: "Nous appelons quelqu’un",
  conversationEnded: "Cette conversation est terminée",
  talkToPerson: "Parler à une personne",
  alreadyWaiting: "Quelqu’un est déjà appelé.",
  alreadyTalking: (name) => `Vous parlez à ${name}.`,
  endConversation: "Terminer la conversation",
  newConversation: "Nouvelle conversation",
  closeChat: "Fermer le chat",
  suggestions: "Questions proposées",
  loadingConversation: "Chargement de votre conversation…",
  messages: "Messages",
  newMessages: "Nouveaux messages",
  today: "Aujourd’hui",
  yesterday: "Hier",
  thinking: "Réflexion en cours…",
  isTyping: (name) => `${name} écrit…`,
  sending: "Envoi…",
  notSent: "Non envoyé.",
  tryAgain: "Réessayer",
  discard: "Supprimer",
  problems: {
    message_too_long:
      "Le message est trop long : raccourcissez-le ou envoyez-le en plusieurs fois.",
    conversation_closed: "La conversation a été terminée entre-temps. Reprenez-la, puis réessayez.",
    too_many_requests: "Trop de messages à la fois. Patientez un instant, puis réessayez.",
    unreachable: "La connexion manquait.",
    other: "Un problème est survenu de notre côté.",
  },
  source: "Source",
  sources: (count) => `Sources (${count})`,
  copy: "Copier",
  copied: "Copié",
  notCopied: "La copie n’est pas possible ici",
  helpful: "Utile",
  notHelpful: "Pas utile",
  whatWasWrong: "Qu’est-ce qui n’allait pas ? (facultatif)",
  wrongReasons: [
    "C’est inexact",
    "Cela ne répond pas à ma question",
    "C’est difficile à comprendre",
    "Autre chose",
  ],
  ownWords: "Avec vos propres mots",
  sendReason: "Envoyer",
  skip: "Passer",
  thanksForReason: "Merci, cela nous aide.",
  waitingSince: (time) => `Vous attendez depuis ${time}`,
  waitingStep: (step, steps) => `Étape ${step} sur ${steps}`,
  waitingFirst: "Nous appelons un collègue.",
  waitingNext: (time) =>
    `Si personne n’est libre d’ici ${time}, d’autres collègues seront appelés.`,
  waitingLast: (time) =>
    `Si personne n’est libre d’ici ${time}, vous le saurez ici et quelqu’un vous répondra.`,
  goOnWriting: "Vous pouvez continuer à écrire. Tout sera lu.",
  yourMessage: "Votre message",
  placeholder: "Écrire un message",
  send: "Envoyer",
  left: (characters) => `Caractères restants : ${characters}`,
  tooLong: (characters) => `Trop long. Caractères en trop : ${characters}`,
  howWasIt: "Comment s’est passée cette conversation ?",
  howWasPerson: (name) => `Comment s’est passé votre échange avec ${name} ?`,
  stars: [
    "1 étoile : très mauvais",
    "2 étoiles : mauvais",
    "3 étoiles : moyen",
    "4 étoiles : bien",
    "5 étoiles : très bien",
  ],
  reasonOptional: "Souhaitez-vous nous dire pourquoi ? (facultatif)",
  sendRating: "Envoyer l’avis",
  notNow: "Pas maintenant",
  thanksForRating: "Merci pour votre avis.",
  continueConversation: "Reprendre cette conversation",
  offline:
    "Vous êtes hors ligne. Ce que vous écrivez est conservé et sera envoyé dès votre retour en ligne.",
  connectionLost: "Connexion perdue, nouvel essai… Ce que vous écrivez est conservé.",
  unreachable: "Le chat est injoignable pour le moment. Ce que vous avez écrit est conservé.",
  tooMany:
    "Trop de conversations ont été commencées depuis votre réseau. Patientez une minute, puis réessayez.",
  expired:
    "Cette conversation ne peut plus être ouverte. Commencez-en une nouvelle : ce qui n’a pas été envoyé est repris.",
  notSignedIn: "Connectez-vous sur le site d’où vous venez, puis réessayez.",
  failed: "Cela n’a pas fonctionné. Veuillez réessayer.",
  dismiss: "Fermer cette note",
  beginAnew: "Commencer une nouvelle conversation",
  unpublished: "Cette page n’appartient à aucun déploiement. Publiez-la avec `make deploy`.",
  crashed: "Un problème est survenu sur cette page. Votre conversation est conservée.",
  reload: "Recharger la page",
};

const ES: Words = {
  chat: "Chat",
  you: "Usted",
  assistant: "Asistente",
  person: "Compañero",
  saidAt: (who, time) => `${who}, ${time}`,
  talkingToAssistant: "Está hablando con el asistente",
  talkingTo: (name) => `Está hablando con ${name}`,
  waitingForPerson: "Estamos llamando a una persona",
  conversationEnded: "Esta conversación ha terminado",
  talkToPerson: "Hablar con una persona",
  alreadyWaiting: "Ya estamos llamando a una persona.",
  alreadyTalking: (name) => `Está hablando con ${name}.`,
  endConversation: "Terminar la conversación",
  newConversation: "Nueva conversación",
  closeChat: "Cerrar el chat",
  suggestions: "Preguntas sugeridas",
  loadingConversation: "Cargando su conversación…",
  messages: "Mensajes",
  newMessages: "Mensajes nuevos",
  today: "Hoy",
  yesterday: "Ayer",
  thinking: "Pensando…",
  isTyping: (name) => `${name} está escribiendo…`,
  sending: "Enviando…",
  notSent: "No enviado.",
  tryAgain: "Intentar de nuevo",
  discard: "Descartar",
  problems: {
    message_too_long: "Es demasiado largo: acórtelo o envíelo por partes.",
    conversation_closed:
      "La conversación ha terminado entretanto. Continúela e inténtelo de nuevo.",
    too_many_requests: "Demasiados mensajes a la vez. Espere un momento e inténtelo de nuevo.",
    unreachable: "No había conexión.",
    other: "Algo ha fallado por nuestra parte.",
  },
  source: "Fuente",
  sources: (count) => `Fuentes (${count})`,
  copy: "Copiar",
  copied: "Copiado",
  notCopied: "Aquí no se puede copiar",
  helpful: "Útil",
  notHelpful: "No es útil",
  whatWasWrong: "¿Qué no estaba bien? (opcional)",
  wrongReasons: [
    "No es correcto",
    "No responde a mi pregunta",
    "Es difícil de entender",
    "Otra cosa",
  ],
  ownWords: "Con sus propias palabras",
  sendReason: "Enviar",
  skip: "Omitir",
  thanksForReason: "Gracias, eso nos ayuda.",
  waitingSince: (time) => `Espera desde las ${time}`,
  waitingStep: (step, steps) => `Paso ${step} de ${steps}`,
  waitingFirst: "Estamos llamando a un compañero.",
  waitingNext: (time) => `Si nadie está libre a las ${time}, llamaremos a más compañeros.`,
  waitingLast: (time) =>
    `Si nadie está libre a las ${time}, se lo diremos aquí y alguien le responderá.`,
  goOnWriting: "Puede seguir escribiendo. Se leerá todo.",
  yourMessage: "Su mensaje",
  placeholder: "Escriba un mensaje",
  send: "Enviar",
  left: (characters) => `Caracteres restantes: ${characters}`,
  tooLong: (characters) => `Demasiado largo. Caracteres de más: ${characters}`,
  howWasIt: "¿Qué tal ha sido esta conversación?",
  howWasPerson: (name) => `¿Qué tal ha sido su conversación con ${name}?`,
  stars: [
    "1 estrella: muy mal",
    "2 estrellas: mal",
    "3 estrellas: regular",
    "4 estrellas: bien",
    "5 estrellas: muy bien",
  ],
  reasonOptional: "¿Quiere decirnos por qué? (opcional)",
  sendRating: "Enviar valoración",
  notNow: "Ahora no",
  thanksForRating: "Gracias por su valoración.",
  continueConversation: "Continuar esta conversación",
  offline: "No tiene conexión. Lo que escriba se conserva y se enviará cuando vuelva a tenerla.",
  connectionLost: "Conexión perdida, intentándolo de nuevo… Lo que escriba se conserva.",
  unreachable: "Ahora no se puede acceder al chat. Lo que ha escrito se conserva.",
  tooMany:
    "Se han iniciado demasiadas conversaciones desde su red. Espere un minuto e inténtelo de nuevo.",
  expired:
    "Esta conversación ya no se puede abrir. Inicie una nueva: lo que no se envió pasa a ella.",
  notSignedIn: "Inicie sesión en el sitio del que viene e inténtelo de nuevo.",
  failed: "No ha funcionado. Inténtelo de nuevo.",
  dismiss: "Cerrar este aviso",
  beginAnew: "Iniciar una conversación nueva",
  unpublished: "Esta página no pertenece a ningún despliegue. Publíquela con `make deploy`.",
  crashed: "Algo ha fallado en esta página. Su conversación se conserva.",
  reload: "Volver a cargar la página",
};

export const WORDS = { en: EN, de: DE, fr: FR, es: ES };

/** A language that the chat's own words are in. */
export type UiLanguage = keyof typeof WORDS;
