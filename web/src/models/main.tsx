import { begin } from "../sign_in/begin";
import ModelsPage from "./models_page";

begin(ModelsPage);
