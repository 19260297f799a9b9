/** The name of this package, put in by the build. */
declare const PACKAGE: string;

if (!window.wapBilling) {
  $.ajax({
    url: `resources/${PACKAGE}/wap-billing.html`,
    dataType: 'html',
    async: false,
    success: (shared: string) => {
      $('#red-ui-editor-plugin-configs').append(shared);
      RED.i18n.loadNodeCatalog(`${PACKAGE}/wap-billing`, () => undefined);
    },
  });
}
