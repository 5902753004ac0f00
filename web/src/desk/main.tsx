import { begin } from "../sign_in/begin";
import DeskPage from "./desk_page";

begin(DeskPage);
