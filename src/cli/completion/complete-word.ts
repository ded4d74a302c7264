/** The word by which a shell calls the completion, in place of a verb. It is not for people, and listed nowhere. */
export const COMPLETE = '__complete';
