import { expect, it } from "vitest";
import { problemWords } from "./authentication";

function failure(name: string, message = ""): Error {
  return Object.assign(new Error(message), { name });
}

it.each([
  ["NotAuthorizedException", "Incorrect username or password.", "User name or password is wrong."],
  ["UserNotFoundException", "User does not exist.", "User name or password is wrong."],
  [
    "NotAuthorizedException",
    "Temporary password has expired and must be reset by an administrator.",
    "Your temporary password has run out. Ask for a new invitation.",
  ],
  ["NotAuthorizedException", "User is disabled.", "This user is disabled."],
  [
    "NotAuthorizedException",
    "Password attempts exceeded",
    "Too many attempts. Wait a while and try again.",
  ],
  ["CodeMismatchException", "Invalid code", "This code is wrong. Enter the newest one."],
  [
    "InvalidPasswordException",
    "Password did not conform with policy: Password not long enough",
    "Password not long enough",
  ],
  [
    "NetworkError",
    "A network error has occurred.",
    "The sign-in service is not reached. Check your connection and try again.",
  ],
  ["SomethingNew", "arn:aws:…", "That did not work. Try again in a moment."],
])("%s (%s) is said in plain words", (name, message, words) => {
  expect(problemWords(failure(name, message))).toBe(words);
});

it("never says whether a user exists", () => {
  expect(problemWords(failure("UserNotFoundException"))).toBe(
    problemWords(failure("NotAuthorizedException", "Incorrect username or password.")),
  );
});
