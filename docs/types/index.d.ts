// Events and answers of Switchboard, for socket.io-client 4.
//
//   const socket: Socket<ServerToClientEvents, ClientToServerEvents> =
//     io('http://127.0.0.1:4000/v1/conversation', { auth: { token } })
//
// Another namespace is named: Socket<ServerToClientEvents<'/v1/shared'>, …>.
//
// Written from the server's own shapes by `make types`; edits here are lost.

export type MessageType = 'INCOMING' | 'OUTGOING' | 'NOTE';

export type MessageStatus = 'queued' | 'sent' | 'delivered' | 'read' | 'undelivered' | 'failed';

/** A contact, with whatever else is known of them. */
export type Contact = {
  _id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  image: string | null;
  [detail: string]: unknown;
};

/** Wrote an automated message. */
export type System = { _id: null; name: 'System' };

/** Carried as it was sent. */
export type Attachment = string | { [field: string]: unknown };

export type ConversationFilter = 'OPEN' | 'CLOSE' | 'SNOOZE' | 'UNREAD' | 'PRIORITY' | 'ARCHIVED';
export type ConversationSort = 'NEWEST' | 'OLDEST';
export type MessageSort = 'DESC' | 'ASC';

/** A team member: who they are, and nothing of what is theirs alone. */
export type User = {
  _id: string;
  name: string;
  email: string | null;
  image: string | null;
};

/** A tag, or a status: what the team marked a contact with. */
export type Label = {
  _id: string;
  name: string;
  color: string;
};

/** A message as its receiver sees it. */
export type Message = {
  _id: string;
  UUID: string;
  type: MessageType;
  data: string;
  attachments: Array<Attachment>;
  mentions?: Array<string>;
  sent_by: Contact | User | System;
  is_sender: boolean;
  is_note: boolean;
  conversation_id: string;
  status?: MessageStatus;
  error_code?: string;
  createdAt: string;
};

/** A conversation as one participant sees it. */
export type Conversation = {
  _id: string;
  title: string;
  image: Array<string>;
  contact_id: Contact;
  channel_id: string;
  users: Array<User>;
  unread_count: number;
  is_open: boolean;
  show_on_top: boolean;
  starred: boolean;
  assigned_to: string | null;
  tags: Array<Label>;
  contact_status: Label | null;
  is_snoozed: boolean;
  snooze_until: string | null;
  is_archived: boolean;
  is_admin: boolean;
  last_activity: Message | null;
  /** There when it was deleted: nobody finds it any more. */
  deleted?: boolean;
  createdAt: string;
  updatedAt: string;
};

/** The same, as `prospect_add_conversation` carries it. */
export type ConversationBroadcast = {
  isNew: boolean;
  _id: string;
  title: string;
  image: Array<string>;
  contact_id: Contact;
  channel_id: string;
  users: Array<User>;
  unread_count: number;
  is_open: boolean;
  show_on_top: boolean;
  starred: boolean;
  assigned_to: string | null;
  tags: Array<Label>;
  contact_status: Label | null;
  is_snoozed: boolean;
  snooze_until: string | null;
  is_archived: boolean;
  is_admin: boolean;
  last_activity: Message | null;
  /** There when it was deleted: nobody finds it any more. */
  deleted?: boolean;
  createdAt: string;
  updatedAt: string;
};

/** `prospect_message_status`: how far an outgoing message has come. */
export type MessageStatusChange = {
  _id: string;
  UUID: string;
  conversation_id: string;
  status: MessageStatus;
  error_code?: string;
  updatedAt: string;
};

export type MessagePaging = {
  limit: number;
  sort: MessageSort;
  /** Further in the direction of `sort`; null when the viewer may see nothing more there. */
  next: string | null;
  /** The opposite direction; only where a page begins in the middle. */
  prev?: string | null;
};

/** The answer of `prospect_list_message`. */
export type MessageList = {
  conversation: Conversation | null;
  messages: Array<Message>;
  paging: MessagePaging;
};

export type ConversationPaging = {
  limit: number;
  next: string | null;
};

/** The answer of `prospect_list_conversation`. */
export type ConversationList = {
  conversation: Array<Conversation>;
  messageList: MessageList;
  paging: ConversationPaging;
};

export type SearchPaging = {
  limit: number;
  /** Further messages; null when the viewer may see nothing more. */
  next: string | null;
};

/** The answer of `prospect_search`: the latest first. */
export type SearchResult = {
  /** Those whose contact is found; on the first page. */
  conversations: Array<Conversation>;
  messages: Array<Message>;
  paging: SearchPaging;
};

/** `{success: false, errno, message, error}`: the failure envelope of REST and acks. */
export type Failure = {
  success: false;
  errno: number;
  message: string;
  error: string;
};

export type Success = { success: true; message: 'SUCCESS' };
export type Done = Success | Failure;
export type Data<T> = (Success & { data: T }) | Failure;
/** A list has no `success`; ask `answer.success === false`. */
export type List<T> = (T & { success?: undefined }) | Failure;

/** What goes into a client's callback. Ask for it: an event without one fails silently. */
export type Ack<T> = (answer: T) => void;

/** One id or several. */
export type OneOrMore = string | Array<string>;

/** The conversation arrives as `prospect_add_conversation`. */
export type AddConversation = {
  contact_id: string;
  channel_id: string;
  users?: OneOrMore;
  title?: string;
  image?: OneOrMore;
};

/** Repeating it with the same `UUID` writes one note and gives the first answer again. */
export type AddNote = {
  conversation_id: string;
  channel_id?: string;
  UUID?: string;
  data: string;
  mentions?: OneOrMore;
  attachments?: Array<Attachment>;
};

export type AddParticipant = {
  conversation_id: string;
  channel_id?: string;
  users: OneOrMore;
};

/** True unless it says false. */
export type Archive = {
  conversation_id: string;
  channel_id?: string;
  archive?: boolean;
};

/** At least one of `title` and `image`; null or empty: derived from the contact again. */
export type EditConversation = {
  conversation_id: string;
  channel_id?: string;
  title?: string | null;
  image?: OneOrMore | null;
};

export type GetConversationById = {
  conversation_id: string;
  channel_id?: string;
};

/** Without a filter: all but the archived ones. */
export type ListConversation = {
  channel_id: string;
  filter?: ConversationFilter;
  sort?: ConversationSort;
  limit?: number;
  /** `paging.next` of the answer before. */
  next?: string;
};

export type ListMessage = {
  conversation_id: string;
  channel_id?: string;
  limit?: number;
  sort?: MessageSort;
  /** `paging.next` or `paging.prev` of the answer before. */
  next?: string;
};

export type ListMessageById = {
  conversation_id: string;
  channel_id?: string;
  message_id: string;
  limit?: number;
  sort?: MessageSort;
};

/** True unless it says false. */
export type Open = {
  conversation_id: string;
  channel_id?: string;
  is_open?: boolean;
};

/** Without a message: all of them. */
export type Read = {
  conversation_id: string;
  channel_id?: string;
  message_id?: string;
};

/** Whole words of messages; beginnings of a contact's name, address, number, company. */
export type Search = {
  query: string;
  channel_id?: string;
  limit?: number;
  /** `paging.next` of the answer before. */
  next?: string;
};

/** True unless it says false. */
export type ShowOnTop = {
  conversation_id: string;
  channel_id?: string;
  show_on_top?: boolean;
};

/** Until an instant; absent or true: until the next incoming message; null or false wakes. */
export type Snooze = {
  conversation_id: string;
  channel_id?: string;
  snooze_until?: string | boolean | null;
};

type ConversationClientEvents = {
  join: Join<Done>;
  prospect_add_conversation: (payload: AddConversation, ack: Ack<Done>) => void;
  prospect_add_note: (payload: AddNote, ack: Ack<Data<Message>>) => void;
  prospect_add_participant: (payload: AddParticipant, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_archive: (payload: Archive, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_edit_conversation: (payload: EditConversation, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_get_conversation_by_id: (payload: GetConversationById, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_list_conversation: (payload: ListConversation, ack: Ack<List<ConversationList>>) => void;
  prospect_list_message: (payload: ListMessage, ack: Ack<List<MessageList>>) => void;
  prospect_list_message_by_id: (payload: ListMessageById, ack: Ack<List<MessageList>>) => void;
  prospect_open: (payload: Open, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_read: (payload: Read, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_search: (payload: Search, ack: Ack<List<SearchResult>>) => void;
  prospect_show_on_top: (payload: ShowOnTop, ack: Ack<Data<{ conversation: Conversation }>>) => void;
  prospect_snooze: (payload: Snooze, ack: Ack<Data<{ conversation: Conversation }>>) => void;
};

/** What may come. Everything carries, last, the `offset` that the client comes back with. */
type ConversationServerEvents = {
  prospect_add_conversation: (conversation: ConversationBroadcast, offset: string) => void;
  prospect_message: (message: Message, offset: string) => void;
  prospect_message_status: (change: MessageStatusChange, offset: string) => void;
};

/** Answered, and otherwise without effect: a socket is registered when it connects. */
type Join<T> = (payload: {}, ack: Ack<T>) => void;

/** Events that other services name, each with one payload of their own. */
type CustomEvents = { [event: string]: (payload: any) => void };

export type Namespaces = {
  '/v1/conversation': { server: ConversationServerEvents; client: ConversationClientEvents };
  '/v1/conversation/live': { server: ConversationServerEvents; client: ConversationClientEvents };
  '/v1/shared': { server: CustomEvents; client: { join: Join<Done> } };
  '/v1/lead-finder': {
    server: CustomEvents;
    client: { join: Join<Data<{ socketId: string; clientId: string }>> };
  };
};

export type ServerToClientEvents<N extends keyof Namespaces = '/v1/conversation'> =
  Namespaces[N]['server'];
export type ClientToServerEvents<N extends keyof Namespaces = '/v1/conversation'> =
  Namespaces[N]['client'];
