"""What several commands of `neove law` and `neove calendar` use; no module here is a command."""
